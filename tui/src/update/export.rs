//! From the name typed into the prompt to a table in a file.

use std::path::PathBuf;

use crate::command::Command;
use crate::export::{Export, Failure, Format, Rows};
use crate::model::Ready;
use crate::overlay::Overlay;
use crate::prompt::{Prompt, PromptState, Purpose};
use crate::refusal::Refusal;
use crate::ticket::Ticket;

/// Asks for the name of the file, if there is a table to write.
pub(super) fn ask_name(ready: &mut Ready) {
    if Rows::are_in(ready.screen()) {
        ready.overlay = Some(Overlay::Prompt(Prompt { purpose: Purpose::Export, ..Prompt::default() }));
    } else {
        ready.remark = Some("there is no table here yet".into());
    }
}

/// The command that writes the file; over another one only when that was said and Enter was pressed again.
pub(super) fn enter(ready: &mut Ready, mut prompt: Prompt) -> Vec<Command> {
    let name = prompt.text.trim().to_owned();
    if name.is_empty() || matches!(prompt.state, PromptState::Searching(_)) {
        ready.overlay = Some(Overlay::Prompt(prompt));
        return Vec::new();
    }
    let mut commands = Vec::new();
    let may_replace = prompt.state == PromptState::Exists;
    match (Format::of(&name), Rows::of(ready.screen())) {
        (Some(format), Some(rows)) => {
            let export = Export { path: PathBuf::from(name), format, rows, may_replace };
            let (ticket, command) = ready.write(export);
            prompt.state = PromptState::Searching(ticket);
            commands.push(command);
        }
        (None, _) => {
            prompt.fail(Refusal { message: "the name should end in .csv or .json".into(), at: None });
        }
        (_, None) => prompt.fail(Refusal { message: "there is no table here any more".into(), at: None }),
    }
    ready.overlay = Some(Overlay::Prompt(prompt));
    commands
}

/// Says that the file is there, or why it is not.
pub(super) fn accept(ready: &mut Ready, ticket: Ticket, written: Result<usize, Failure>) {
    let said = match &written {
        Ok(n_rows) => format!("wrote {n_rows} rows"),
        Err(Failure::Exists) => "nothing was written: the file exists".to_owned(),
        Err(Failure::Other(reason)) => reason.clone(),
    };
    match &mut ready.overlay {
        Some(Overlay::Prompt(prompt)) if prompt.state == PromptState::Searching(ticket) => match written {
            Ok(_) => {
                ready.remark = Some(format!("{said} to {}", prompt.text.trim()));
                ready.overlay = None;
            }
            Err(Failure::Exists) => prompt.state = PromptState::Exists,
            Err(Failure::Other(message)) => prompt.fail(Refusal { message, at: None }),
        },
        _ => ready.remark = Some(said),
    }
}
