//! Turns what the terminal and the operating system report into messages, on threads of their own.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind};

use crate::keymap;
use crate::list::Step;
use crate::message::{Intent, Message};

/// How long leaving may wait for the thread that reads the terminal.
const PATIENCE: Duration = Duration::from_millis(50);

/// What reaches the loop from outside `update`: keys need the model to be understood, messages do not.
pub enum Input {
    Terminal(Event),
    Message(Message),
}

/// Reads the terminal until dropped, so that no thread is left that eats the keys of the next program.
pub struct Reader {
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Reader {
    pub fn start(sender: Sender<Input>) -> io::Result<Self> {
        let is_over = Arc::new(AtomicBool::new(false));
        let seen_by_thread = Arc::clone(&is_over);
        let thread = thread::Builder::new().name("heapview keys".into()).spawn(move || {
            while !seen_by_thread.load(Ordering::Relaxed) {
                let input = match crossterm::event::poll(PATIENCE) {
                    Ok(false) => continue,
                    Ok(true) => crossterm::event::read().map(Input::Terminal),
                    Err(error) => Err(error),
                };
                let input = input.unwrap_or_else(|error| {
                    Input::Message(Message::Broken(format!("cannot read the terminal: {error}")))
                });
                let is_last = matches!(input, Input::Message(_));
                if sender.send(input).is_err() || is_last {
                    return;
                }
            }
        })?;
        Ok(Self { is_over, thread: Some(thread) })
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let Some(thread) = self.thread.take() else { return };
        let begin = Instant::now();
        while !thread.is_finished() {
            if begin.elapsed() > 4 * PATIENCE {
                // Of a terminal that has hung up, crossterm's poll reads forever: the process must end without it.
                return;
            }
            thread::sleep(PATIENCE / 25);
        }
        // A panic there was reported when it happened.
        let _ = thread.join();
    }
}

/// What an event of the terminal means; `is_typing`: letters are text.
pub fn message(event: &Event, is_typing: bool) -> Option<Message> {
    match event {
        Event::Key(key) if key.kind == KeyEventKind::Release => None,
        Event::Key(key) if is_typing => typed(*key),
        Event::Key(key) => keymap::intent(*key).map(Message::Intent),
        Event::Resize(width, height) => Some(Message::Resize { width: *width, height: *height }),
        Event::Mouse(mouse) => match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => Some(Message::Click { x: mouse.column, y: mouse.row }),
            MouseEventKind::ScrollUp => Some(Message::Wheel(Step::Up)),
            MouseEventKind::ScrollDown => Some(Message::Wheel(Step::Down)),
            _ => None,
        },
        _ => None,
    }
}

fn typed(key: KeyEvent) -> Option<Message> {
    let has_modifier = key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    match key.code {
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => {
            Some(Message::Intent(Intent::Interrupt))
        }
        KeyCode::Char(letter) if !has_modifier => Some(Message::Type(letter)),
        KeyCode::Backspace => Some(Message::Erase),
        KeyCode::Enter => Some(Message::Intent(Intent::Enter)),
        KeyCode::Esc => Some(Message::Intent(Intent::Escape)),
        _ => None,
    }
}
