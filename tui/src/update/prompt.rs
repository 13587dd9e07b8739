//! What is typed into the prompt, and what the engine says to it.

use std::sync::Arc;

use super::export;
use crate::command::{Command, Question};
use crate::found::Found;
use crate::model::Ready;
use crate::overlay::Overlay;
use crate::prompt::{Prompt, PromptState, Purpose, cheap_query};
use crate::refusal::Refusal;
use crate::screens::{ObjectScreen, ObjectsScreen, Screen};
use crate::ticket::Ticket;

/// Changes the text; objects are counted again if that is cheap.
pub(super) fn edit(ready: &mut Ready, change: impl FnOnce(&mut String)) -> Vec<Command> {
    let Some(Overlay::Prompt(mut prompt)) = ready.overlay.take() else { return Vec::new() };
    let mut commands: Vec<Command> = prompt.waits_for().map(Command::Cancel).into_iter().collect();
    change(&mut prompt.text);
    prompt.state = PromptState::Typing;
    if prompt.purpose == Purpose::Find && cheap_query(&prompt.text).is_some() {
        let (ticket, command) = ready.ask(Question::Count(prompt.text.trim().to_owned()));
        prompt.state = PromptState::Counting(ticket);
        commands.push(command);
    }
    ready.overlay = Some(Overlay::Prompt(prompt));
    commands
}

/// Asks for what was typed; the prompt stays until the answer is here.
pub(super) fn enter(ready: &mut Ready, prompt: Prompt) -> Vec<Command> {
    if prompt.purpose == Purpose::Export {
        return export::enter(ready, prompt);
    }
    let text = prompt.text.trim().to_owned();
    if text.is_empty() {
        return Vec::new();
    }
    let mut commands: Vec<Command> = prompt.waits_for().map(Command::Cancel).into_iter().collect();
    let (ticket, command) = ready.ask(Question::Find(text));
    commands.push(command);
    ready.overlay = Some(Overlay::Prompt(Prompt { state: PromptState::Searching(ticket), ..prompt }));
    commands
}

/// Shows how many objects match so far.
pub(super) fn accept_count(ready: &mut Ready, ticket: Ticket, n_objects: Option<u64>) {
    if let Some(Overlay::Prompt(prompt)) = &mut ready.overlay
        && prompt.state == PromptState::Counting(ticket)
    {
        prompt.state = n_objects.map_or(PromptState::Typing, PromptState::Counted);
    }
}

/// Shows what was found, if the prompt waits for it: one object at once, several as a list.
pub(super) fn accept_found(ready: &mut Ready, ticket: Ticket, found: &Result<Arc<Found>, Refusal>) -> bool {
    let Some(Overlay::Prompt(prompt)) = &mut ready.overlay else { return false };
    if prompt.state != PromptState::Searching(ticket) {
        return false;
    }
    match found {
        Err(refusal) => prompt.fail(refusal.clone()),
        Ok(found) => {
            let selector = prompt.text.trim().to_owned();
            ready.overlay = None;
            ready.history.go(match found.objects.as_slice() {
                [object] => Screen::Object(ObjectScreen::new(*object)),
                _ => Screen::Objects(ObjectsScreen::found(selector, Arc::clone(found))),
            });
        }
    }
    true
}
