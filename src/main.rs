//! The `heapview` binary: everything it does lives in `heapview-cli`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    heapview_cli::run(std::env::args_os())
}
