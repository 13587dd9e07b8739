//! What can happen: a person's intent, a change of the terminal, an answer of the engine.

use std::sync::Arc;

use heapview_analysis::Heap;

use crate::command::Answer;
use crate::export::Failure;
use crate::findings::Baseline;
use crate::list::Step;
use crate::tab::Tab;
use crate::ticket::Ticket;

/// What a person wants, as named by one key of the keymap.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Intent {
    Step(Step),
    /// Close the row, or move to the pane on the left.
    Left,
    /// Open the row, or move to the pane on the right.
    Right,
    Toggle,
    Enter,
    Back,
    Forward,
    /// Close what lies on top; where nothing does, go back.
    Escape,
    Go(Tab),
    NextTab,
    PreviousTab,
    ShowObject,
    ShowDominators,
    ShowPaths,
    ShowType,
    Find,
    Mark,
    Bookmarks,
    Export,
    Copy,
    /// Copy the address that the object had.
    CopyAddress,
    /// Copy the lines of code that free the object.
    CopyCode,
    SortNext,
    SortReverse,
    /// Group the histogram by the next thing.
    GroupNext,
    Warnings,
    Help,
    /// Close what lies on top; where nothing does, quit.
    Quit,
    /// Quit, whatever lies on top.
    Interrupt,
}

/// How far opening the snapshot has come.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Opening {
    /// What is being done, in words.
    pub phase: String,
    pub done: u64,
    /// 0 while it is not known.
    pub total: u64,
    /// Since the beginning, in milliseconds.
    pub elapsed_ms: u64,
    pub file: FilePart,
}

/// Which part of all bytes that are to be opened is in the file being opened.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct FilePart {
    /// Bytes of the files opened before.
    pub before: u64,
    pub size: u64,
    /// Bytes of all files.
    pub all: u64,
}

/// One thing that happened.
pub enum Message {
    Intent(Intent),
    /// Typed into the prompt.
    Type(char),
    /// The last character typed into the prompt is taken back.
    Erase,
    /// The mouse was clicked in this cell of the terminal.
    Click {
        x: u16,
        y: u16,
    },
    /// The wheel was turned; a step for each notch.
    Wheel(Step),
    Resize {
        width: u16,
        height: u16,
    },
    Opening(Opening),
    /// So many milliseconds have passed since opening began.
    Elapsed(u64),
    /// The snapshot to compare with is open; the one to browse follows.
    BaselineOpened(Baseline),
    Opened(Arc<Heap>),
    /// Why the snapshot cannot be opened, in one sentence.
    NotOpened(String),
    Answer(Ticket, Answer),
    /// How many rows a file has, or why it was not written.
    Written(Ticket, Result<usize, Failure>),
    /// A thread of the worker broke down; nothing sensible can follow.
    Broken(String),
    /// The operating system asked the program to end, by this signal.
    Signal(i32),
}
