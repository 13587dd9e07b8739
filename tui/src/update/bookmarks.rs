//! Objects that someone marked, to come back to.

use std::sync::Arc;

use crate::found::Found;
use crate::model::Ready;
use crate::screens::{ObjectsScreen, Screen, Source};

/// Marks the chosen object, or takes its mark away.
pub(super) fn toggle(ready: &mut Ready) {
    let Some(object) = ready.screen().chosen() else {
        ready.remark = Some("choose an object first".into());
        return;
    };
    let n_before = ready.bookmarks.len();
    ready.bookmarks.retain(|marked| *marked != object);
    if ready.bookmarks.len() == n_before {
        ready.bookmarks.push(object);
        ready.remark = Some(format!("marked {object}; M lists all that is marked"));
    } else {
        ready.remark = Some(format!("{object} is no longer marked"));
    }
    let listed = listed(ready);
    if let Screen::Objects(screen) = ready.history.current_mut()
        && screen.source == Source::Bookmarks
    {
        *screen = listed;
    }
}

/// Lists all that is marked.
pub(super) fn show(ready: &mut Ready) {
    if ready.bookmarks.is_empty() {
        ready.remark = Some("nothing is marked; m marks the chosen object".into());
    } else if !matches!(ready.screen(), Screen::Objects(screen) if screen.source == Source::Bookmarks) {
        let listed = listed(ready);
        ready.history.go(Screen::Objects(listed));
    }
}

fn listed(ready: &Ready) -> ObjectsScreen {
    let mut objects = ready.bookmarks.clone();
    objects.sort_by_key(|object| (std::cmp::Reverse(ready.heap.retained_size(*object)), *object));
    ObjectsScreen::at_hand(Source::Bookmarks, Arc::new(Found { objects, retained_size: None }))
}
