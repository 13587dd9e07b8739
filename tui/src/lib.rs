//! The terminal browser: a stack of screens over one open snapshot.
//!
//! # Design constraints
//! - Elm style: keys and answers become [`message::Message`]s, `update` changes the model and returns commands,
//!   `view` draws the model. `update` does no IO; `view` changes nothing.
//! - Whatever may be slow runs on the worker; an answer that nobody waits for any more is dropped.
//! - Sizes and paths come from `heapview-analysis`, words from `heapview-render`; none are made here.

#![forbid(unsafe_code)]

pub mod command;
pub mod event;
pub mod icicle;
pub mod keymap;
pub mod message;
pub mod model;
pub mod update;
pub mod view;

pub mod screens;

mod answers;
pub mod export;
mod fact;
pub mod findings;
pub mod found;
mod history;
mod lane;
pub mod layout;
pub mod list;
pub mod loading;
mod overlay;
mod paged;
pub mod prompt;
pub mod refusal;
pub mod tab;
pub mod table;
mod tabs;
pub mod target;
pub mod ticket;
mod tree;

mod signals;
pub mod terminal;
mod worker;

use std::io::IsTerminal;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use heapview_analysis::{IndexUse, ask};

pub use answers::answer;

use crate::command::Command;
use crate::event::{Input, Reader};
use crate::layout::Room;
use crate::message::Message;
use crate::model::{Model, State};
use crate::view::Theme;
use crate::worker::Worker;

/// How the browser looks. The caller knows the environment and the command line; this crate reads neither.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Options {
    /// False when `NO_COLOR` is set: bold, dim and reverse only.
    pub colour: bool,
    /// Draw with ASCII only, for terminals without Unicode.
    pub ascii: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { colour: true, ascii: false }
    }
}

/// A snapshot that opens faster than this, or turns out to be none, shows no loading screen.
const QUIET_OPENING: Duration = Duration::from_millis(150);

/// How often the time is told while a snapshot is being opened.
const TICK: Duration = Duration::from_millis(200);

/// How the browser was left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    Left,
    /// Before the snapshot was open.
    Cancelled,
}

/// Opens the snapshot at `path` and browses it until the person leaves. A missing index is written meanwhile.
/// With a `baseline`, the browser also shows what has changed since that.
///
/// Fails if standard input or output is not a terminal, or if the snapshot cannot be opened; the error is one
/// sentence that names the file. After a signal the terminal is restored and the process ends by that signal.
pub fn run(
    path: &Path,
    baseline: Option<&Path>,
    options: Options,
    index_use: IndexUse,
) -> anyhow::Result<Ending> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        bail!("the browser needs a terminal; `heapview summary` prints instead");
    }
    let begin = Instant::now();
    let (sender, inputs) = mpsc::channel();
    let listener = signals::Listener::start(sender.clone()).context("cannot listen to signals")?;
    let mut worker = Worker::new(sender.clone());
    worker.open(path.to_owned(), baseline.map(Path::to_owned), index_use).context("cannot start a thread")?;

    let (width, height) = terminal::size().unwrap_or((80, 24));
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let mut browser =
        Browser { model: Model::new(name, Room { width, height }), worker: &mut worker, signal: None };

    let mut is_over = browser.wait_quietly(&inputs)?;
    if !is_over {
        let mut terminal = terminal::Terminal::take().context("cannot use the terminal")?;
        let _reader = Reader::start(sender).context("cannot read the terminal")?;
        // It may have changed its size while nobody was reading.
        let (width, height) = terminal::size().unwrap_or((width, height));
        is_over = browser.take(Input::Message(Message::Resize { width, height }))?;
        let theme = Theme { colour: options.colour, ascii: options.ascii };
        while !is_over {
            // Drawing and keys look at the heap as well, and a snapshot may be written to while it is open.
            ask(|| terminal.draw(|frame| view::view(&browser.model, theme, frame)))?
                .context("cannot draw")?;
            let input = match browser.model.state {
                State::Loading(_) => next_or_elapsed(&inputs, begin),
                State::Ready(_) | State::Failed(_) => inputs.recv().context("nobody sends any more")?,
            };
            is_over = browser.take(input)?;
            // Everything that has happened meanwhile is worth one drawing only.
            while !is_over && let Ok(input) = inputs.try_recv() {
                is_over = browser.take(input)?;
            }
        }
    }
    let Browser { model, signal, .. } = browser;
    drop(listener);
    worker.finish();
    if let Some(signal) = signal {
        signals::obey(signal);
    }
    match model.failure() {
        Some(reason) => bail!("{reason}"),
        None if matches!(model.state, State::Loading(_)) => Ok(Ending::Cancelled),
        None => Ok(Ending::Left),
    }
}

/// What happens next: at the latest at the next tick, that time has passed.
fn next_or_elapsed(inputs: &Receiver<Input>, begin: Instant) -> Input {
    inputs.recv_timeout(TICK).unwrap_or_else(|_| {
        let elapsed_ms = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        Input::Message(Message::Elapsed(elapsed_ms))
    })
}

/// The model together with what carries out its commands.
struct Browser<'a> {
    model: Model,
    worker: &'a mut Worker,
    signal: Option<i32>,
}

impl Browser<'_> {
    /// Gives the snapshot a moment to open before the terminal is taken over; true if that was all.
    fn wait_quietly(&mut self, inputs: &Receiver<Input>) -> anyhow::Result<bool> {
        let begin = Instant::now();
        loop {
            let patience = QUIET_OPENING.saturating_sub(begin.elapsed());
            match inputs.recv_timeout(patience) {
                Ok(input) => {
                    let is_open = matches!(input, Input::Message(Message::Opened(_)));
                    if self.take(input)? {
                        return Ok(true);
                    }
                    if is_open {
                        return Ok(false);
                    }
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Ok(false),
            }
        }
    }

    /// Lets one input take effect; true when the browser is to end.
    fn take(&mut self, input: Input) -> anyhow::Result<bool> {
        ask(|| self.take_readable(input))?
    }

    fn take_readable(&mut self, input: Input) -> anyhow::Result<bool> {
        let message = match input {
            Input::Message(message) => Some(message),
            Input::Terminal(event) => event::message(&event, update::is_typing(&self.model)),
        };
        let Some(message) = message else { return Ok(false) };
        if let Message::Signal(signal) = message {
            self.signal = Some(signal);
        }
        for command in update::update(&mut self.model, message) {
            match command {
                Command::Quit => return Ok(true),
                Command::Copy(text) => terminal::copy(&text).context("cannot write to the terminal")?,
                Command::Write { ticket, heap, export } => {
                    self.worker.write(ticket, heap, export).context("cannot start a thread")?;
                }
                Command::Cancel(ticket) => self.worker.cancel(ticket),
                Command::Ask { ticket, heap, question } => {
                    self.worker.ask(ticket, heap, question).context("cannot start a thread")?;
                }
            }
        }
        Ok(false)
    }
}
