//! Drives the browser without a terminal: keys go in through the keymap, commands are carried out at once.

use std::collections::VecDeque;
use std::sync::Arc;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use heapview_analysis::{Heap, Silent};
use heapview_snapshot::ObjectIx;
use heapview_tui::command::Command;
use heapview_tui::event;
use heapview_tui::findings::Baseline;
use heapview_tui::layout::Room;
use heapview_tui::message::{FilePart, Message, Opening};
use heapview_tui::model::{Model, State};
use heapview_tui::screens::Screen;
use heapview_tui::tab::Tab;
use heapview_tui::update::{is_typing, update};
use heapview_tui::view::{Theme, view};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use crate::heap::File;

pub(crate) struct Pilot {
    model: Model,
    terminal: Terminal<TestBackend>,
    has_quit: bool,
    copied: Option<String>,
}

impl Pilot {
    /// A browser on an open snapshot.
    pub(crate) fn on(file: &File, width: u16, height: u16) -> Self {
        Self::over(Arc::new(Heap::open(&file.path(), &Silent).unwrap()), width, height)
    }

    /// A browser on a heap.
    pub(crate) fn over(heap: Arc<Heap>, width: u16, height: u16) -> Self {
        let mut pilot = Self::loading(width, height);
        pilot.send(Message::Opened(heap));
        pilot
    }

    /// A browser on an open snapshot that has an earlier one to compare with.
    pub(crate) fn comparing(baseline: &File, file: &File, width: u16, height: u16) -> Self {
        let open = |file: &File| Arc::new(Heap::open(&file.path(), &Silent).unwrap());
        let mut pilot = Self::loading(width, height);
        let heap = open(baseline);
        pilot.send(Message::BaselineOpened(Baseline { name: "before.rkyv".into(), heap }));
        pilot.send(Message::Opened(open(file)));
        pilot
    }

    /// A browser that is still opening.
    pub(crate) fn loading(width: u16, height: u16) -> Self {
        let model = Model::new("snap.rkyv".into(), Room { width, height });
        let terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let mut pilot = Self { model, terminal, has_quit: false, copied: None };
        pilot.opening("dominators", (2, 4), 3_000);
        pilot
    }

    /// The engine opens the only file and says how far it is.
    pub(crate) fn opening(&mut self, phase: &str, (done, total): (u64, u64), elapsed_ms: u64) {
        let file = FilePart { before: 0, size: 1, all: 1 };
        let phase = phase.to_owned();
        self.send(Message::Opening(Opening { phase, done, total, elapsed_ms, file }));
    }

    pub(crate) fn send(&mut self, message: Message) {
        let mut messages = VecDeque::from([message]);
        while let Some(message) = messages.pop_front() {
            for command in update(&mut self.model, message) {
                match command {
                    Command::Quit => self.has_quit = true,
                    Command::Write { ticket, heap, export } => {
                        let written = heapview_tui::export::write(&heap, &export);
                        messages.push_back(Message::Written(ticket, written));
                    }
                    // Here every answer has come before the next key.
                    Command::Cancel(_) => {}
                    Command::Copy(text) => self.copied = Some(text),
                    Command::Ask { ticket, heap, question } => {
                        messages.push_back(Message::Answer(ticket, heapview_tui::answer(&heap, &question)));
                    }
                }
            }
        }
    }

    /// Presses the keys named, separated by spaces.
    pub(crate) fn keys(&mut self, names: &str) {
        for name in names.split(' ') {
            let (code, modifiers) = match name {
                "enter" => (KeyCode::Enter, KeyModifiers::NONE),
                "backspace" => (KeyCode::Backspace, KeyModifiers::NONE),
                "esc" => (KeyCode::Esc, KeyModifiers::NONE),
                "tab" => (KeyCode::Tab, KeyModifiers::NONE),
                "up" => (KeyCode::Up, KeyModifiers::NONE),
                "down" => (KeyCode::Down, KeyModifiers::NONE),
                "left" => (KeyCode::Left, KeyModifiers::NONE),
                "right" => (KeyCode::Right, KeyModifiers::NONE),
                "home" => (KeyCode::Home, KeyModifiers::NONE),
                "end" => (KeyCode::End, KeyModifiers::NONE),
                "pgdn" => (KeyCode::PageDown, KeyModifiers::NONE),
                "pgup" => (KeyCode::PageUp, KeyModifiers::NONE),
                "space" => (KeyCode::Char(' '), KeyModifiers::NONE),
                "^c" => (KeyCode::Char('c'), KeyModifiers::CONTROL),
                name => (KeyCode::Char(name.chars().next().unwrap()), KeyModifiers::NONE),
            };
            self.event(&Event::Key(KeyEvent::new(code, modifiers)));
        }
    }

    pub(crate) fn type_text(&mut self, text: &str) {
        for letter in text.chars() {
            self.event(&Event::Key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE)));
        }
    }

    pub(crate) fn event(&mut self, event: &Event) {
        if let Event::Resize(width, height) = event {
            self.terminal.backend_mut().resize(*width, *height);
        }
        if let Some(message) = event::message(event, is_typing(&self.model)) {
            self.send(message);
        }
    }

    /// Clicks on the first cell that shows `text`.
    pub(crate) fn click(&mut self, text: &str) {
        let screen = self.screen();
        let line = screen.lines().enumerate().find_map(|(y, line)| Some((y, line.split_once(text)?.0)));
        let (y, before) = line.unwrap_or_else(|| panic!("no {text:?} in\n{screen}"));
        self.mouse(MouseEventKind::Down(MouseButton::Left), before.chars().count() as u16, y as u16);
    }

    pub(crate) fn mouse(&mut self, kind: MouseEventKind, column: u16, row: u16) {
        self.event(&Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
    }

    /// What is drawn, as text.
    pub(crate) fn screen(&mut self) -> String {
        self.drawn(Theme { colour: true, ascii: false })
    }

    /// What is drawn for a terminal without colours and Unicode.
    pub(crate) fn ascii_screen(&mut self) -> String {
        self.drawn(Theme { colour: false, ascii: true })
    }

    /// The cells of what is drawn.
    pub(crate) fn buffer(&mut self, theme: Theme) -> Buffer {
        self.terminal.draw(|frame| view(&self.model, theme, frame)).unwrap();
        self.terminal.backend().buffer().clone()
    }

    fn drawn(&mut self, theme: Theme) -> String {
        let buffer = self.buffer(theme);
        let lines = buffer.content().chunks(usize::from(buffer.area.width.max(1)));
        let text = lines.map(|cells| {
            let line: String = cells.iter().map(ratatui::buffer::Cell::symbol).collect();
            line.trim_end().to_owned()
        });
        text.collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn shown(&self) -> &Screen {
        match &self.model.state {
            State::Ready(ready) => ready.screen(),
            State::Loading(_) | State::Failed(_) => panic!("no heap is open"),
        }
    }

    pub(crate) fn tab(&self) -> Tab {
        self.shown().tab()
    }

    pub(crate) fn heap(&self) -> Arc<Heap> {
        match &self.model.state {
            State::Ready(ready) => Arc::clone(&ready.heap),
            _ => panic!("the heap is not open"),
        }
    }

    pub(crate) fn name_of(&self, object: ObjectIx) -> String {
        match &self.model.state {
            State::Ready(ready) => ready.heap.snapshot().type_of(object).name.clone(),
            State::Loading(_) | State::Failed(_) => String::new(),
        }
    }

    /// What was copied last.
    pub(crate) fn copied(&self) -> Option<&str> {
        self.copied.as_deref()
    }

    pub(crate) fn has_quit(&self) -> bool {
        self.has_quit
    }
}
