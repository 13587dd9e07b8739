//! Where answers and complaints go: all that the commands write passes here, so that no name in a snapshot acts on the
//! terminal. Coloured only on a terminal, cut only to its width, and a reader that has left is no error.

use std::io::{self, IsTerminal, Write};

use heapview_render::{Table, json, printable, printable_lines, text};
use serde_json::Value;

use crate::args::ColorChoice;

/// Width of a terminal that does not tell.
const USUAL_WIDTH: usize = 80;

/// Standard output as commands write it.
pub(crate) struct Output {
    out: io::BufWriter<io::StdoutLock<'static>>,
    is_coloured: bool,
    /// Cells that rows may have; `None`: nothing is cut.
    width: Option<usize>,
}

impl Output {
    /// With `is_wide`, nothing is cut.
    pub(crate) fn new(choice: ColorChoice, is_wide: bool) -> Self {
        let stdout = io::stdout();
        let is_coloured = wants_colour(choice, stdout.is_terminal());
        let width = if is_wide { None } else { width(stdout.is_terminal()) };
        Self { out: io::BufWriter::new(stdout.lock()), is_coloured, width }
    }

    /// A line that is never cut: facts, paths, code.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", printable(text))
    }

    /// Lines that are never cut, each ended.
    pub(crate) fn lines(&mut self, text: &str) -> io::Result<()> {
        write!(self.out, "{}", printable_lines(text))
    }

    /// A line that heads others.
    pub(crate) fn title(&mut self, text: &str) -> io::Result<()> {
        let (text, is_cut) = self.fitted(text);
        self.styled(&text)?;
        self.say_if_cut(is_cut)
    }

    /// A fact: its name and its text.
    pub(crate) fn fact(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.line(&format!("{name:<12} {text}"))
    }

    /// A row of a list; true if it was cut.
    pub(crate) fn row(&mut self, text: &str) -> io::Result<bool> {
        let (text, is_cut) = self.fitted(text);
        self.line(&text)?;
        Ok(is_cut)
    }

    /// A path, after other text; what of it is no Python has a colour of its own.
    pub(crate) fn path(&mut self, before: &str, path: &str) -> io::Result<()> {
        if !self.is_coloured {
            return self.line(&format!("{before}{path}"));
        }
        let path = printable(path);
        write!(self.out, "{before}")?;
        let mut at = 0;
        for words in heapview_analysis::words_in(&path) {
            write!(self.out, "{}\x1b[35m{}\x1b[0m", &path[at..words.start], &path[words.clone()])?;
            at = words.end;
        }
        self.line(&path[at..])
    }

    /// A table; its titles head it.
    pub(crate) fn table(&mut self, table: &Table) -> io::Result<()> {
        let lines = table.lines(self.width);
        for (place, line) in lines.lines.iter().enumerate() {
            if place == 0 { self.styled(line)? } else { self.line(line)? }
        }
        self.say_if_cut(lines.is_cut)
    }

    /// `... cut to 80 columns (--wide)`, if rows were.
    pub(crate) fn say_if_cut(&mut self, is_cut: bool) -> io::Result<()> {
        match self.width {
            Some(width) if is_cut => self.line(&format!("... cut to {width} columns (--wide)")),
            _ => Ok(()),
        }
    }

    /// `... 9,812 more (--limit)`, if rows were left out.
    pub(crate) fn more(&mut self, n_left_out: usize) -> io::Result<()> {
        if n_left_out == 0 {
            return Ok(());
        }
        self.line(&format!("... {} more (--limit)", heapview_render::count(n_left_out as u64)))
    }

    pub(crate) fn json(&mut self, value: &Value) -> io::Result<()> {
        writeln!(self.out, "{}", json::text(value))
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn styled(&mut self, text: &str) -> io::Result<()> {
        let text = printable(text);
        if self.is_coloured { writeln!(self.out, "\x1b[1m{text}\x1b[0m") } else { self.line(&text) }
    }

    fn fitted(&self, shown: &str) -> (String, bool) {
        match self.width {
            Some(width) if text::width(shown) > width => (text::fit_middle(shown, width), true),
            _ => (shown.to_owned(), false),
        }
    }
}

/// Says on stderr what is wrong, or what an answer does not tell. Lines end only where the text of ours does: names in
/// it are escaped by whoever puts them there, or at the latest here.
pub(crate) fn complain(lines: &[impl AsRef<str>]) {
    let mut stderr = io::stderr().lock();
    for (place, line) in lines.iter().enumerate() {
        let lead = if place == 0 { "heapview: " } else { "" };
        // Nobody may be left to read it.
        let _ = writeln!(stderr, "{lead}{}", printable(line.as_ref()));
    }
}

/// Answers to arguments: help and the version as they are; what is wrong with arguments holds some of them.
pub(crate) fn explain_arguments(error: &clap::Error) {
    if error.use_stderr() {
        let _ = write!(io::stderr(), "{}", printable_lines(&error.render().to_string()));
    } else {
        // A closed stream is nobody's fault.
        let _ = error.print();
    }
}

/// Cells of a line: what `COLUMNS` says, else those of the terminal; `None` where there is neither.
fn width(is_terminal: bool) -> Option<usize> {
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.trim().parse().ok());
    let of_terminal = || heapview_tui::terminal::size().map_or(0, |(width, _)| usize::from(width));
    let found = said.filter(|columns| *columns > 0).or_else(|| is_terminal.then(of_terminal))?;
    Some(if found == 0 { USUAL_WIDTH } else { found })
}

/// Whether to colour what goes to a terminal or elsewhere.
pub(crate) fn wants_colour(choice: ColorChoice, is_terminal: bool) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        // https://no-color.org
        ColorChoice::Auto => is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    }
}

/// Whether somebody watches stderr.
pub(crate) fn stderr_is_watched() -> bool {
    io::stderr().is_terminal()
}
