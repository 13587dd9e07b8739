//! Milliseconds from a key to its frame, and of the engine's answers to what the frame lacks, without a terminal:
//! `cargo run --release -p heapview-tui --example frames -- snap.rkyv`.

use std::collections::VecDeque;
use std::fmt;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use heapview_analysis::{Heap, Page, Silent, dominators};
use heapview_snapshot::ObjectIx;
use heapview_tui::command::Command;
use heapview_tui::layout::Room;
use heapview_tui::message::Message;
use heapview_tui::model::Model;
use heapview_tui::update::{is_typing, update};
use heapview_tui::view::{Theme, view};
use heapview_tui::{answer, event};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const WIDTH: u16 = 200;
const HEIGHT: u16 = 50;
const N_FRAMES: usize = 500;

/// A browser whose questions are answered at once: a frame waits for all that it needs.
struct Pilot {
    model: Model,
    terminal: Terminal<TestBackend>,
    /// What the engine has taken since the key.
    answers_ms: f64,
}

/// What one key took, in milliseconds. In the browser the answers come from other threads, and frames go on.
#[derive(Clone, Copy)]
struct Cost {
    frame: f64,
    answers: f64,
}

impl fmt::Display for Cost {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:.2} ms, answers {:.2} ms", self.frame, self.answers)
    }
}

impl Pilot {
    fn new(heap: Arc<Heap>) -> anyhow::Result<Self> {
        let model = Model::new("snap.rkyv".into(), Room { width: WIDTH, height: HEIGHT });
        let terminal = Terminal::new(TestBackend::new(WIDTH, HEIGHT))?;
        let mut pilot = Self { model, terminal, answers_ms: 0.0 };
        pilot.send(Message::Opened(heap));
        Ok(pilot)
    }

    fn send(&mut self, message: Message) {
        let mut messages = VecDeque::from([message]);
        while let Some(message) = messages.pop_front() {
            for command in update(&mut self.model, message) {
                if let Command::Ask { ticket, heap, question } = command {
                    let start = Instant::now();
                    messages.push_back(Message::Answer(ticket, answer(&heap, &question)));
                    self.answers_ms += start.elapsed().as_secs_f64() * 1e3;
                }
            }
        }
    }

    /// Presses a key and draws.
    fn press(&mut self, code: KeyCode) -> anyhow::Result<Cost> {
        self.answers_ms = 0.0;
        let start = Instant::now();
        let event = Event::Key(KeyEvent::new(code, KeyModifiers::NONE));
        if let Some(message) = event::message(&event, is_typing(&self.model)) {
            self.send(message);
        }
        let theme = Theme { colour: true, ascii: false };
        self.terminal.draw(|frame| view(&self.model, theme, frame))?;
        let answers = self.answers_ms;
        Ok(Cost { frame: start.elapsed().as_secs_f64() * 1e3 - answers, answers })
    }

    fn scroll(&mut self, what: &str, out: &mut impl Write) -> anyhow::Result<()> {
        for (name, code) in [("row", KeyCode::Down), ("page", KeyCode::PageDown)] {
            let costs: Result<Vec<Cost>, _> = (0..N_FRAMES).map(|_| self.press(code)).collect();
            let mut costs = costs?;
            let answers = costs.iter().map(|cost| cost.answers).fold(0.0, f64::max);
            costs.sort_by(|one, other| one.frame.total_cmp(&other.frame));
            let (median, frame) = (costs[N_FRAMES / 2].frame, costs[N_FRAMES - 1].frame);
            let slowest = Cost { frame, answers };
            writeln!(out, "{what}, {name} by {name}: median {median:.2} ms, slowest {slowest}")?;
        }
        Ok(())
    }
}

fn hub(heap: &Heap) -> Option<(ObjectIx, usize)> {
    let page = Page { start: 0, len: 0 };
    let sized = heap.objects().map(|object| (object, dominators::children(heap, Some(object), page).total));
    sized.max_by_key(|(_, n_children)| *n_children)
}

fn main() -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let path = std::env::args_os().nth(1).map(PathBuf::from).context("expected the path of a snapshot")?;
    let heap = Arc::new(Heap::open(&path, &Silent)?);
    let (hub, n_children) = hub(&heap).context("the heap is empty")?;
    writeln!(out, "{} objects; the hub {hub} dominates {n_children}", heap.n_objects())?;
    let mut pilot = Pilot::new(heap)?;

    writeln!(out, "overview: {}", pilot.press(KeyCode::Char('1'))?)?;
    writeln!(out, "histogram: {}", pilot.press(KeyCode::Char('2'))?)?;
    pilot.press(KeyCode::Char('s'))?;
    pilot.press(KeyCode::Char('s'))?;
    writeln!(out, "objects of the commonest type: {}", pilot.press(KeyCode::Enter)?)?;
    pilot.scroll("objects of a type", &mut out)?;
    for column in ["shallow size", "type and value", "retained size"] {
        writeln!(out, "sorted by {column}: {}", pilot.press(KeyCode::Char('s'))?)?;
    }

    pilot.press(KeyCode::Char('/'))?;
    for letter in hub.to_string().chars() {
        pilot.press(KeyCode::Char(letter))?;
    }
    writeln!(out, "the hub: {}", pilot.press(KeyCode::Enter)?)?;
    writeln!(out, "paths of the hub and how to free it: {}", pilot.press(KeyCode::Char('p'))?)?;
    pilot.press(KeyCode::Backspace)?;
    pilot.press(KeyCode::Right)?;
    pilot.scroll("referents of the hub", &mut out)?;
    writeln!(out, "the hub open in the dominator tree: {}", pilot.press(KeyCode::Char('d'))?)?;
    pilot.scroll("the open hub", &mut out)?;
    Ok(())
}
