//! A picture of each screen, for the README: `cargo run --release -p heapview-tui --example screenshots -- CURRENT
//! BASELINE FOLDER`. `make screenshots` makes the two snapshots first.

mod svg;

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use heapview_analysis::{Heap, Silent};
use heapview_tui::command::Command;
use heapview_tui::findings::Baseline;
use heapview_tui::layout::Room;
use heapview_tui::message::{FilePart, Message, Opening};
use heapview_tui::model::Model;
use heapview_tui::update::{is_typing, update};
use heapview_tui::view::{Theme, view};
use heapview_tui::{answer, event};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

const WIDTH: u16 = 100;
const HEIGHT: u16 = 30;

/// Each screen, and what is pressed and typed to get there from the overview.
const SCREENS: [(&str, &[&str]); 13] = [
    ("overview", &[]),
    ("paths", &["p"]),
    ("object", &["down", "enter", "right"]),
    ("dominators", &["down", "d", "right", "right", "down", "right"]),
    ("histogram", &["2"]),
    ("histogram-by-holder", &["2", "b", "b"]),
    ("cycles", &["6"]),
    ("savings", &["7"]),
    ("threads", &["8"]),
    ("diff", &["9"]),
    ("suspects", &["0"]),
    ("query", &["/", "type:Session retained>1kB", "enter"]),
    ("help", &["?"]),
];

/// The browser without a terminal: every question is answered at once.
struct Browser {
    model: Model,
    terminal: Terminal<TestBackend>,
}

impl Browser {
    fn new() -> anyhow::Result<Self> {
        let model = Model::new("after.rkyv".into(), Room { width: WIDTH, height: HEIGHT });
        Ok(Self { model, terminal: Terminal::new(TestBackend::new(WIDTH, HEIGHT))? })
    }

    fn send(&mut self, message: Message) {
        let mut messages = VecDeque::from([message]);
        while let Some(message) = messages.pop_front() {
            for command in update(&mut self.model, message) {
                if let Command::Ask { ticket, heap, question } = command {
                    messages.push_back(Message::Answer(ticket, answer(&heap, &question)));
                }
            }
        }
    }

    fn press(&mut self, code: KeyCode) {
        let event = Event::Key(KeyEvent::new(code, KeyModifiers::NONE));
        if let Some(message) = event::message(&event, is_typing(&self.model)) {
            self.send(message);
        }
    }

    /// One key by its name, or a text to type.
    fn press_or_type(&mut self, words: &str) {
        match words {
            "enter" => self.press(KeyCode::Enter),
            "down" => self.press(KeyCode::Down),
            "right" => self.press(KeyCode::Right),
            letters => letters.chars().for_each(|letter| self.press(KeyCode::Char(letter))),
        }
    }

    fn picture(&mut self, file: &Path) -> anyhow::Result<()> {
        let theme = Theme { colour: true, ascii: false };
        self.terminal.draw(|frame| view(&self.model, theme, frame))?;
        let picture = svg::svg(self.terminal.backend().buffer())?;
        fs::write(file, picture).with_context(|| format!("cannot write {}", file.display()))
    }
}

fn main() -> anyhow::Result<()> {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [current, baseline, folder] = &paths[..] else {
        anyhow::bail!("expected two snapshots, the current one and its baseline, and a folder");
    };
    fs::create_dir_all(folder)?;
    let mut browser = Browser::new()?;
    let file = FilePart { before: 0, size: 1, all: 1 };
    browser.send(Message::Opening(Opening {
        phase: "dominators".into(),
        done: 2,
        total: 4,
        elapsed_ms: 2_100,
        file,
    }));
    browser.send(Message::Elapsed(2_600));
    browser.picture(&folder.join("loading.svg"))?;

    let open =
        |path: &Path| Heap::open(path, &Silent).with_context(|| path.display().to_string()).map(Arc::new);
    let (heap, baseline) = (open(current)?, open(baseline)?);
    for (name, keys) in SCREENS {
        let mut browser = Browser::new()?;
        let heap_before = Arc::clone(&baseline);
        browser.send(Message::BaselineOpened(Baseline { name: "before.rkyv".into(), heap: heap_before }));
        browser.send(Message::Opened(Arc::clone(&heap)));
        for words in keys {
            browser.press_or_type(words);
        }
        browser.picture(&folder.join(format!("{name}.svg")))?;
    }
    Ok(())
}
