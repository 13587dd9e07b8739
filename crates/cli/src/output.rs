//! Where answers go: stdout, coloured only on a terminal, and a reader that has left is no error.

use std::io::{self, IsTerminal, Write};

use heapview_render::Table;
use serde_json::Value;

use crate::args::ColorChoice;

/// Standard output as commands write it.
pub struct Output {
    out: io::BufWriter<io::StdoutLock<'static>>,
    is_coloured: bool,
}

impl Output {
    pub fn new(choice: ColorChoice) -> Self {
        let stdout = io::stdout();
        let is_coloured = wants_colour(choice, stdout.is_terminal());
        Self { out: io::BufWriter::new(stdout.lock()), is_coloured }
    }

    pub fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    /// A line that heads others.
    pub fn title(&mut self, text: &str) -> io::Result<()> {
        if self.is_coloured { writeln!(self.out, "\x1b[1m{text}\x1b[0m") } else { self.line(text) }
    }

    /// A table; its titles head it.
    pub fn table(&mut self, table: &Table) -> io::Result<()> {
        for (place, line) in table.lines().iter().enumerate() {
            if place == 0 { self.title(line)? } else { self.line(line)? }
        }
        Ok(())
    }

    /// `... 9,812 more (--limit)`, if rows were left out.
    pub fn more(&mut self, n_left_out: usize) -> io::Result<()> {
        if n_left_out == 0 {
            return Ok(());
        }
        self.line(&format!("... {} more (--limit)", heapview_render::count(n_left_out as u64)))
    }

    pub fn json(&mut self, value: &Value) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut self.out, value)?;
        self.line("")
    }

    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Whether to colour what goes to a terminal or elsewhere.
pub fn wants_colour(choice: ColorChoice, is_terminal: bool) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        // https://no-color.org
        ColorChoice::Auto => is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    }
}
