//! `greenlet.greenlet`: the frames of one that waits for its turn, which its traversal leaves out.
//!
//! The collector does not take such a greenlet for one of its objects (`tp_is_gc`), so its traversal is called all the
//! same: it reports what the greenlet holds besides its stack. The frame object that `gr_frame` gives was made when
//! the greenlet was left, in all versions 1 to 3: asking for it changes nothing.
//! <https://github.com/python-greenlet/greenlet/blob/3.5.3/src/greenlet/PyGreenlet.cpp>

use crate::cpython::{self, Facts, Flags, Raw, SuspendedFrames, ThreadFrame};
use crate::probe::Pages;

/// `tp_name` of the type.
pub(crate) const GREENLET: &str = "greenlet.greenlet";
const FRAME: &str = "gr_frame";
const PARENT: &str = "parent";
const HANDLED: &str = "exception being handled";

/// Whether the type has what is asked for here.
pub(crate) fn is_sound(greenlet_type: Raw) -> bool {
    cpython::getter(greenlet_type, FRAME).is_some()
}

/// The frames of a greenlet from the innermost; none if it is running, or not started, or has ended.
pub(crate) fn frames(facts: &Facts, greenlet: Raw, pages: Option<&mut Pages>) -> SuspendedFrames {
    match get(greenlet, FRAME).filter(|frame| cpython::is_exactly(*frame, "frame")) {
        Some(innermost) => cpython::suspended_frames(facts, innermost, pages),
        None => SuspendedFrames { is_whole: true, ..SuspendedFrames::default() },
    }
}

/// `'handle'`: the outermost function, by which people know the greenlet.
pub(crate) fn name(facts: &Facts, frames: &[ThreadFrame]) -> Option<String> {
    frames.last().map(|frame| format!("'{}'", cpython::function_name(facts, *frame).replace('\'', "")))
}

/// `greenlet 'handle' at app.py:12` of its outermost frame, `greenlet 'handle', fetch() at db.py:3` of the others.
pub(crate) fn frame_label(facts: &Facts, name: &str, frame: ThreadFrame, is_outermost: bool) -> String {
    if is_outermost {
        format!("greenlet {name} at {}", cpython::place(facts, frame))
    } else {
        format!("greenlet {name}, {}", cpython::describe(facts, frame))
    }
}

/// What is missing of `n_greenlets` that wait, if anything is; `n_cut` of them have frames that could not be found.
pub(crate) fn warning(facts: &Facts, n_greenlets: u64, n_cut: u64) -> Option<String> {
    let hiding = hiding_version(facts).filter(|_| n_greenlets > 0);
    let n_cut = if hiding.is_some() { n_greenlets } else { n_cut };
    if n_cut == 0 {
        return None;
    }
    let s = if n_cut == 1 { "" } else { "s" };
    let why = hiding.map_or_else(String::new, |version| format!(" by greenlet {version}, update to 3.0.3"));
    Some(format!("{n_cut} suspended greenlet{s}: frames besides the innermost are hidden{why}; left out"))
}

/// The version of greenlet, if it is one that hides frames.
fn hiding_version(facts: &Facts) -> Option<String> {
    const HIDING: [&str; 3] = ["3.0.0", "3.0.1", "3.0.2"];
    if !facts.layout.frames.is_some_and(|frames| frames.may_be_on_c_stack) {
        return None;
    }
    let mut version = None;
    cpython::dict_items(crate::modules::modules()?, |name, module| {
        if cpython::equals(facts, name, "greenlet") {
            version = cpython::attribute(facts, module, "__version__");
        }
    });
    cpython::text(facts, version?).filter(|version| HIDING.contains(&version.as_str()))
}

/// The greenlet that goes on when this one ends.
pub(crate) fn parent(greenlet: Raw) -> Option<Raw> {
    get(greenlet, PARENT)
}

/// What a reference that the traversal reports is called, and whether that is an attribute which gives it. The parent
/// may be the main greenlet, too, and is then reported twice: `parent` is taken once.
pub(crate) fn name_of(referent: Raw, parent: &mut Option<Raw>) -> (&'static str, bool) {
    let type_object = cpython::type_of(referent);
    if cpython::base_chain(type_object).any(is_greenlet_type) {
        let is_parent = parent.take_if(|parent| *parent == referent).is_some();
        return if is_parent { (PARENT, true) } else { ("main greenlet", false) };
    }
    let is_class = cpython::flags(type_object).has(Flags::TYPE_SUBCLASS);
    match cpython::c_name(type_object) {
        "Context" | "_contextvars.Context" => ("gr_context", true),
        "frame" => (FRAME, true),
        _ if is_class || cpython::flags(type_object).has(Flags::EXCEPTION_SUBCLASS) => (HANDLED, false),
        "traceback" => (HANDLED, false),
        _ if cpython::is_callable(type_object) => ("run", false),
        _ => ("greenlet state", false),
    }
}

fn is_greenlet_type(type_object: Raw) -> bool {
    cpython::c_name(type_object) == GREENLET && cpython::getter(type_object, FRAME).is_some()
}

fn get(greenlet: Raw, name: &str) -> Option<Raw> {
    let own = cpython::base_chain(cpython::type_of(greenlet)).find(|base| is_greenlet_type(*base))?;
    cpython::get(cpython::getter(own, name)?, greenlet)
}
