//! The `heapview` binary: everything it does lives in `heapview-cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    heapview_cli::run(std::env::args_os())
}
