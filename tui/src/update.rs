//! What each message does to the model. Pure: slow work is returned as commands, nothing is read or written.

mod bookmarks;
mod export;
mod prompt;

use heapview_snapshot::ObjectIx;

use crate::command::{Answer, Command};
use crate::findings::About;
use crate::layout::{HEADER, Room};
use crate::list::Click;
use crate::message::{Intent, Message};
use crate::model::{Model, Ready, State};
use crate::overlay::{self, Overlay};
use crate::prompt::Prompt;
use crate::screens::{
    DominatorsScreen, FindingsScreen, HistogramScreen, ObjectScreen, ObjectsScreen, PathsScreen, Screen,
    Source, SummaryScreen,
};
use crate::tab::Tab;
use crate::tabs::tab_at;
use crate::target::Target;
use crate::ticket::Ticket;
use heapview_render::text;

/// Rows that one notch of the wheel moves.
const ROWS_PER_NOTCH: usize = 3;

/// Why a key about an object does nothing here.
fn choose_first(screen: &Screen) -> String {
    match screen {
        Screen::Histogram(_) => "Enter lists the objects of a row".into(),
        _ => "choose an object first".into(),
    }
}

/// Takes one message; returns what is to be done outside.
pub fn update(model: &mut Model, message: Message) -> Vec<Command> {
    let terminal = model.terminal;
    let mut commands = Vec::new();
    match (message, &mut model.state) {
        (Message::Intent(Intent::Interrupt) | Message::Signal(_), _)
        | (Message::Intent(Intent::Escape | Intent::Quit), State::Loading(_) | State::Failed(_)) => {
            commands.push(Command::Quit);
        }
        (Message::Broken(reason) | Message::NotOpened(reason), state) => {
            *state = State::Failed(reason);
            commands.push(Command::Quit);
        }
        (Message::Resize { width, height }, _) => model.terminal = Room { width, height },
        (Message::Opening(opening), State::Loading(loading)) => loading.accept(opening),
        (Message::Elapsed(elapsed_ms), State::Loading(loading)) => loading.elapsed_ms = elapsed_ms,
        (Message::BaselineOpened(baseline), State::Loading(loading)) => loading.baseline = Some(baseline),
        (Message::Opened(heap), State::Loading(loading)) => {
            let name = std::mem::take(&mut loading.name);
            let mut ready = Ready::new(name, heap);
            ready.baseline = loading.baseline.take();
            model.state = State::Ready(Box::new(ready));
        }
        (Message::Answer(ticket, answer), State::Ready(ready)) => accept(ready, ticket, answer, terminal),
        (Message::Written(ticket, written), State::Ready(ready)) => export::accept(ready, ticket, written),
        (Message::Type(letter), State::Ready(ready)) => {
            commands.extend(prompt::edit(ready, |text| text.push(letter)));
        }
        (Message::Erase, State::Ready(ready)) => commands.extend(prompt::edit(ready, |text| {
            text.pop();
        })),
        (Message::Click { x, y }, State::Ready(ready)) => click(ready, x, y, terminal.body()),
        (Message::Wheel(step), State::Ready(ready)) => {
            for _ in 0..ROWS_PER_NOTCH {
                match ready.overlay.take() {
                    Some(overlay) => {
                        commands.extend(obey_overlay(ready, overlay, Intent::Step(step), terminal));
                    }
                    None => obey(ready, Intent::Step(step), terminal.body()),
                }
            }
        }
        (Message::Intent(intent), State::Ready(ready)) => {
            ready.remark = None;
            match ready.overlay.take() {
                Some(overlay) => commands.extend(obey_overlay(ready, overlay, intent, terminal)),
                None if intent == Intent::Quit => commands.push(Command::Quit),
                None if intent == Intent::Copy => {
                    let text = ready.screen().copied();
                    commands.extend(copy(ready, text));
                }
                None if intent == Intent::CopyAddress => {
                    let object = ready.screen().chosen();
                    let address = object.map(|object| ready.heap.snapshot().address(object).to_string());
                    commands.extend(copy(ready, address));
                }
                None if intent == Intent::CopyCode => commands.extend(copy_code(ready)),
                None => obey(ready, intent, terminal.body()),
            }
        }
        _ => {}
    }
    let body = model.terminal.body();
    if let State::Ready(ready) = &mut model.state {
        ready.history.current_mut().fit(body);
        commands.extend(ready.missing(body));
    }
    commands
}

/// A click on a tab shows its screen. One on a row chooses it; on the row that is chosen already it does what Enter
/// does.
fn click(ready: &mut Ready, x: u16, y: u16, body: Room) {
    if ready.overlay.is_some() {
        return;
    }
    ready.remark = None;
    if y == 0 {
        let tab = tab_at(ready.screen().tab(), usize::from(body.width), usize::from(x));
        return tab.into_iter().for_each(|tab| go(ready, tab));
    }
    let Some(y) = y.checked_sub(HEADER).filter(|y| *y < body.height && x < body.width) else { return };
    if ready.history.current_mut().click(x, y, body) == Click::Again {
        obey(ready, Intent::Enter, body);
    }
}

/// An intent while nothing lies on top of the screen.
fn obey(ready: &mut Ready, intent: Intent, body: Room) {
    let screen = ready.history.current_mut();
    match intent {
        Intent::Step(step) => screen.step(step, body),
        Intent::Left => screen.left(body),
        Intent::Right => screen.right(body),
        Intent::Toggle => screen.toggle(body),
        Intent::Enter => match screen.enter(body) {
            Some(Target::Object(object)) => ready.history.go(Screen::Object(ObjectScreen::new(object))),
            Some(Target::Selector(selector)) => {
                ready.history.go(Screen::Objects(ObjectsScreen::of_selector(selector)));
            }
            Some(Target::Listed(title, found)) => {
                ready.history.go(Screen::Objects(ObjectsScreen::at_hand(Source::Listed(title), found)));
            }
            Some(Target::Type(type_ix)) => ready.history.go(Screen::Objects(ObjectsScreen::of_type(type_ix))),
            Some(Target::Group(by, name)) => {
                ready.history.go(Screen::Objects(ObjectsScreen::of_group(by, name)));
            }
            None => {}
        },
        Intent::Back | Intent::Escape => {
            if ready.history.back() {
                ready.history.current_mut().forget_asked();
            } else {
                ready.remark = Some("this is the first screen; q quits".into());
            }
        }
        Intent::Forward => {
            if ready.history.forward() {
                ready.history.current_mut().forget_asked();
            } else {
                ready.remark = Some("this is the last screen".into());
            }
        }
        Intent::Go(tab) => go(ready, tab),
        Intent::NextTab => go(ready, ready.screen().tab().next()),
        Intent::PreviousTab => go(ready, ready.screen().tab().previous()),
        Intent::ShowObject => show(ready, |object| Screen::Object(ObjectScreen::new(object))),
        Intent::ShowDominators => show(ready, |object| Screen::Dominators(DominatorsScreen::at(object))),
        Intent::ShowPaths => show(ready, |object| Screen::Paths(PathsScreen::new(object))),
        Intent::ShowType => match ready.screen().chosen() {
            Some(object) => {
                let type_ix = ready.heap.snapshot().type_ix(object);
                ready.history.go(Screen::Objects(ObjectsScreen::of_type(type_ix)));
            }
            None => ready.remark = Some(choose_first(ready.screen())),
        },
        Intent::Mark => bookmarks::toggle(ready),
        Intent::Bookmarks => bookmarks::show(ready),
        Intent::Export => export::ask_name(ready),
        Intent::Find => ready.overlay = Some(Overlay::Prompt(Prompt::default())),
        Intent::SortNext | Intent::SortReverse => match screen {
            Screen::Histogram(histogram) if intent == Intent::SortNext => histogram.sort_next(),
            Screen::Histogram(histogram) => histogram.sort_reverse(),
            Screen::Objects(objects) if intent == Intent::SortNext => objects.sort_next(),
            Screen::Objects(objects) => objects.sort_reverse(),
            Screen::Findings(findings) => {
                let is_sorted = match intent {
                    Intent::SortNext => findings.sort_next(body),
                    _ => findings.sort_reverse(body),
                };
                if !is_sorted {
                    ready.remark = Some("the order of these rows is theirs".into());
                }
            }
            _ => ready.remark = Some("sorted by retained size, largest first".into()),
        },
        Intent::GroupNext => match screen {
            Screen::Histogram(histogram) => histogram.group_next(),
            _ => ready.remark = Some("2 shows the histogram, there b groups it".into()),
        },
        Intent::Warnings => {
            if ready.heap.snapshot().meta().warnings.is_empty() {
                ready.remark = Some("the dump had no warnings".into());
            } else {
                ready.overlay = Some(Overlay::Warnings { top: 0 });
            }
        }
        Intent::Help => ready.overlay = Some(Overlay::Help { top: 0 }),
        Intent::Copy | Intent::CopyAddress | Intent::CopyCode | Intent::Quit | Intent::Interrupt => {}
    }
}

/// An intent while `overlay` lies on top: it scrolls, or goes away.
fn obey_overlay(ready: &mut Ready, overlay: Overlay, intent: Intent, terminal: Room) -> Vec<Command> {
    let inside = overlay::inside(terminal);
    let window = usize::from(inside.height);
    match (overlay, intent) {
        (Overlay::Help { top }, Intent::Step(step)) => {
            let top =
                overlay::scrolled(top, step, overlay::help_lines(usize::from(inside.width)).len(), window);
            ready.overlay = Some(Overlay::Help { top });
        }
        (Overlay::Warnings { top }, Intent::Step(step)) => {
            let warnings = &ready.heap.snapshot().meta().warnings;
            let n_lines = overlay::warning_lines(warnings, usize::from(inside.width)).len();
            ready.overlay = Some(Overlay::Warnings { top: overlay::scrolled(top, step, n_lines, window) });
        }
        (Overlay::Prompt(prompt), Intent::Enter) => {
            return prompt::enter(ready, prompt);
        }
        (Overlay::Prompt(prompt), Intent::Escape) => {
            return prompt.waits_for().map(Command::Cancel).into_iter().collect();
        }
        (Overlay::Prompt(prompt), _) => {
            ready.overlay = Some(Overlay::Prompt(prompt));
        }
        _ => {}
    }
    Vec::new()
}

/// Shows the screen of `tab`: about the chosen object where it needs one, else as it was shown last.
fn go(ready: &mut Ready, tab: Tab) {
    let screen = ready.screen();
    if screen.tab() == tab && !matches!(screen, Screen::Objects(_)) {
        return;
    }
    let chosen = screen.chosen();
    let shown_last = ready.history.latest(|screen| {
        let is_about_chosen = match screen {
            Screen::Object(screen) => chosen.is_none_or(|chosen| screen.object == chosen),
            Screen::Paths(screen) => chosen.is_none_or(|chosen| screen.object == chosen),
            Screen::Objects(_) => false,
            Screen::Summary(_) | Screen::Histogram(_) | Screen::Dominators(_) | Screen::Findings(_) => true,
        };
        screen.tab() == tab && is_about_chosen
    });
    let next = match (shown_last, tab, chosen) {
        (Some(screen), ..) => {
            let mut screen = screen.clone();
            screen.forget_asked();
            screen
        }
        (None, Tab::Overview, _) => Screen::Summary(SummaryScreen::default()),
        (None, Tab::Histogram, _) => Screen::Histogram(HistogramScreen::default()),
        (None, Tab::Dominators, _) => Screen::Dominators(DominatorsScreen::default()),
        (None, Tab::Suspects, _) => Screen::Findings(FindingsScreen::new(About::Suspects)),
        (None, Tab::Cycles, _) => Screen::Findings(FindingsScreen::new(About::Cycles)),
        (None, Tab::Savings, _) => Screen::Findings(FindingsScreen::new(About::Savings)),
        (None, Tab::Threads, _) => Screen::Findings(FindingsScreen::new(About::Threads)),
        (None, Tab::Diff, _) => Screen::Findings(FindingsScreen::new(About::Diff(ready.baseline.clone()))),
        (None, Tab::Object, Some(object)) => Screen::Object(ObjectScreen::new(object)),
        (None, Tab::Paths, Some(object)) => Screen::Paths(PathsScreen::new(object)),
        (None, Tab::Object | Tab::Paths, None) => {
            ready.remark = Some(choose_first(ready.screen()));
            return;
        }
    };
    ready.history.go(next);
}

/// Shows a screen about the chosen object.
fn show(ready: &mut Ready, screen: impl FnOnce(ObjectIx) -> Screen) {
    let Some(object) = ready.screen().chosen() else {
        ready.remark = Some(choose_first(ready.screen()));
        return;
    };
    match (ready.screen(), screen(object)) {
        (Screen::Object(current), Screen::Object(next)) if current.object == next.object => {}
        (Screen::Paths(current), Screen::Paths(next)) if current.object == next.object => {}
        (_, next) => ready.history.go(next),
    }
}

fn copy(ready: &mut Ready, text: Option<String>) -> Option<Command> {
    ready.remark = Some(match &text {
        Some(text) => format!("copied {}", text::fit_middle(text, 40)),
        None => choose_first(ready.screen()),
    });
    text.map(Command::Copy)
}

/// Copies the lines that free the object, where they are shown.
fn copy_code(ready: &mut Ready) -> Option<Command> {
    let Screen::Paths(screen) = ready.screen() else {
        ready.remark = Some("p shows how to free it, then c copies the lines".into());
        return None;
    };
    let code = screen.free_words().map(|words| words.code.join("\n"));
    let (remark, code) = match code {
        None => ("still looking for how to free it", None),
        Some(code) if code.is_empty() => ("no line of code frees it", None),
        Some(code) => ("copied the lines that free it", Some(code)),
    };
    ready.remark = Some(remark.into());
    code.map(Command::Copy)
}

fn accept(ready: &mut Ready, ticket: Ticket, answer: Answer, terminal: Room) {
    match answer {
        Answer::BestPath(path) => ready.accept_path(ticket, path),
        Answer::Count(n_objects) => prompt::accept_count(ready, ticket, n_objects),
        Answer::Found(found) if prompt::accept_found(ready, ticket, &found) => {}
        answer => ready.history.current_mut().accept(ticket, answer, terminal.body()),
    }
}

/// Whether keys are letters of a text at the moment.
pub fn is_typing(model: &Model) -> bool {
    matches!(&model.state, State::Ready(ready) if matches!(ready.overlay, Some(Overlay::Prompt(_))))
}
