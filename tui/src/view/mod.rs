//! Draws the model. Pure: the same model gives the same screen.

mod ascii;
mod canvas;
mod columns;
mod dominators;
mod findings;
mod help;
mod histogram;
mod ledger;
mod loading;
mod object;
mod objects;
mod paths;
mod prompt;
mod status;
mod summary;
mod theme;

use ratatui::Frame;

pub use theme::Theme;

use crate::layout::{FOOTER, HEADER, Room};
use crate::model::{Model, Ready, State};
use crate::overlay::Overlay;
use crate::screens::Screen;
use canvas::Canvas;

/// Draws `model` over the whole of `frame`.
pub fn view(model: &Model, theme: Theme, frame: &mut Frame<'_>) {
    let area = frame.area();
    let mut canvas = Canvas::new(frame.buffer_mut(), area, theme);
    match &model.state {
        State::Loading(loading) => loading::view(loading, &mut canvas),
        State::Failed(reason) => canvas.text(0, reason, theme.notice()),
        State::Ready(ready) => view_ready(ready, model.terminal, &mut canvas),
    }
    if theme.ascii {
        ascii::replace(frame.buffer_mut());
    }
}

fn view_ready(ready: &Ready, terminal: Room, canvas: &mut Canvas<'_>) {
    let body = terminal.body();
    let line = |height| Room { width: terminal.width, height };
    status::tabs(ready, &mut canvas.part(0, 0, line(1)));
    status::title(ready, &mut canvas.part(0, 1, line(1)));
    {
        let mut canvas = canvas.part(0, HEADER, body);
        match ready.screen() {
            Screen::Summary(screen) => summary::view(screen, ready, body, &mut canvas),
            Screen::Histogram(screen) => histogram::view(screen, ready, &mut canvas),
            Screen::Objects(screen) => objects::view(screen, ready, &mut canvas),
            Screen::Dominators(screen) => dominators::view(screen, ready, &mut canvas),
            Screen::Object(screen) => object::view(screen, ready, body, &mut canvas),
            Screen::Paths(screen) => paths::view(screen, ready, body, &mut canvas),
            Screen::Findings(screen) => findings::view(screen, ready, body, &mut canvas),
        }
    }
    let mut footer = canvas.part(0, terminal.height.saturating_sub(FOOTER), line(FOOTER));
    status::status(ready, &mut footer);
    status::keys(ready, &mut footer);
    match &ready.overlay {
        Some(Overlay::Help { top }) => help::help(*top, terminal, canvas),
        Some(Overlay::Warnings { top }) => {
            help::warnings(&ready.heap.snapshot().meta().warnings, *top, terminal, canvas);
        }
        Some(Overlay::Prompt(prompt)) => {
            let height = prompt::height(prompt);
            let y = terminal.height.saturating_sub(height);
            prompt::view(prompt, &mut canvas.part(0, y, line(height)));
        }
        None => {}
    }
}
