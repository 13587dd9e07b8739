//! The command line: reads arguments, opens snapshots, prints answers. The binary and Python's `heapview` share it.

#![forbid(unsafe_code)]

mod args;
mod commands;
mod output;
mod session;

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use clap::Parser;
use heapview_analysis::{IndexUse, ask};
use heapview_tui::Options;

use crate::args::{Cli, Command};
use crate::output::{Output, complain, explain_arguments, wants_colour};
use crate::session::Session;

/// The answer is "none".
const NOTHING: u8 = 1;
const FAILED: u8 = 2;

/// Runs the command line `args`, program name first.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    ExitCode::from(run_with(args))
}

/// As [`run`]; the exit code as a number: 0 done, 1 the answer is none, 2 an error.
pub fn run_with(args: impl IntoIterator<Item = OsString>) -> u8 {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            explain_arguments(&error);
            // Help and version are answers; the rest are errors.
            return if error.use_stderr() { FAILED } else { 0 };
        }
    };
    let mut output = Output::new(cli.color, cli.wide);
    let mut session = Session::new(if cli.no_index { IndexUse::None } else { IndexUse::kept() });
    // A snapshot may be written to while it is open.
    let answered = ask(|| execute(cli, &mut session, &mut output))
        .unwrap_or_else(|error| Err(error.into()))
        .and_then(|code| {
            output.flush()?;
            session.save_indexes();
            Ok(code)
        });
    match answered {
        Ok(code) => code,
        Err(error) if is_broken_pipe(&error) => 0,
        Err(error) => {
            complain(&[format!("{error:#}")]);
            FAILED
        }
    }
}

fn execute(cli: Cli, session: &mut Session, output: &mut Output) -> anyhow::Result<u8> {
    let options = Options { colour: wants_colour(cli.color, true), ascii: cli.ascii };
    match (cli.command, cli.snapshot) {
        (Some(Command::Browse(args)), _) => commands::browse::run(
            &args.source.snapshot,
            args.baseline.as_deref(),
            options,
            session.index_use(),
        ),
        (None, Some(snapshot)) => commands::browse::run(&snapshot, None, options, session.index_use()),
        (Some(Command::Summary(args)), _) => commands::summary::run(&args, session, output),
        (Some(Command::Top(args)), _) => commands::top::run(&args, session, output),
        (Some(Command::Histogram(args)), _) => commands::histogram::run(&args, session, output),
        (Some(Command::Query(args)), _) => commands::query::run(&args, session, output),
        (Some(Command::Patterns(args)), _) => commands::patterns::run(&args, session, output),
        (Some(Command::Cycles(args)), _) => commands::cycles::run(&args, session, output),
        (Some(Command::Duplicates(args)), _) => commands::duplicates::run(&args, session, output),
        (Some(Command::Waste(args)), _) => commands::waste::run(&args, session, output),
        (Some(Command::Object(args)), _) => commands::object::run(&args, session, output),
        (Some(Command::Paths(args)), _) => commands::paths::run(&args, session, output),
        (Some(Command::Free(args)), _) => commands::free::run(&args, session, output),
        (Some(Command::Tree(args)), _) => commands::tree::run(&args, session, output),
        (Some(Command::Diff(args)), _) => commands::diff::run(&args, session, output),
        (None, None) => anyhow::bail!("expected a snapshot or a command, found neither; see --help"),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let of_io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let of_json = cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
        of_io.or(of_json) == Some(io::ErrorKind::BrokenPipe)
    })
}
