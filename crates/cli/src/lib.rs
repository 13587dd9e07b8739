//! The command line: reads arguments, opens snapshots, prints answers. The binary and Python's `heapview` share it.

#![forbid(unsafe_code)]

mod args;
mod commands;
mod open;
mod output;

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use clap::Parser;
use heapview_analysis::{IndexUse, ask};
use heapview_tui::Options;

use crate::args::{Cli, Command};
pub use crate::open::cache_folder;
use crate::output::{Output, complain, explain_arguments, wants_colour};

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
    // A snapshot may be written to while it is open.
    let answered =
        ask(|| execute(cli, &mut output)).unwrap_or_else(|error| Err(error.into())).and_then(|code| {
            output.flush()?;
            open::save_indexes();
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

fn execute(cli: Cli, output: &mut Output) -> anyhow::Result<u8> {
    let index_use =
        if cli.no_index { IndexUse::None } else { IndexUse::Kept { cache_folder: cache_folder() } };
    open::use_index(index_use.clone());
    let options = Options { colour: wants_colour(cli.color, true), ascii: cli.ascii };
    match (cli.command, cli.snapshot) {
        (Some(Command::Browse(args)), _) => {
            commands::browse::run(&args.source.snapshot, args.baseline.as_deref(), options, index_use)
        }
        (None, Some(snapshot)) => commands::browse::run(&snapshot, None, options, index_use),
        (Some(Command::Summary(args)), _) => commands::summary::run(&args, output),
        (Some(Command::Top(args)), _) => commands::top::run(&args, output),
        (Some(Command::Histogram(args)), _) => commands::histogram::run(&args, output),
        (Some(Command::Query(args)), _) => commands::query::run(&args, output),
        (Some(Command::Patterns(args)), _) => commands::patterns::run(&args, output),
        (Some(Command::Cycles(args)), _) => commands::cycles::run(&args, output),
        (Some(Command::Duplicates(args)), _) => commands::duplicates::run(&args, output),
        (Some(Command::Waste(args)), _) => commands::waste::run(&args, output),
        (Some(Command::Object(args)), _) => commands::object::run(&args, output),
        (Some(Command::Paths(args)), _) => commands::paths::run(&args, output),
        (Some(Command::Free(args)), _) => commands::free::run(&args, output),
        (Some(Command::Tree(args)), _) => commands::tree::run(&args, output),
        (Some(Command::Diff(args)), _) => commands::diff::run(&args, output),
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
