//! Steps that people think of as one: to a variable that a function keeps, through a task, a traceback, a context.

use heapview_snapshot::EdgeKind;

use super::expr::{Part, Words};
use super::words::{
    frame_words, is_into_context, is_into_threads, task_words, thread_words, variable_words, words_of_several,
};
use super::write::{Style, Writer};
use crate::closures::variable_at;
use crate::lookups::Special;
use crate::reference::{Label, Reference};

impl<'a> Writer<'a> {
    /// Writes steps that people think of as one.
    pub(super) fn several(&mut self, steps: &[Reference]) -> Option<usize> {
        let first = &steps[0];
        if let Some((name, n_used)) = self.closure(steps) {
            self.push(Part::Closure(name.into()));
            return Some(n_used);
        }
        let (text, n_used) = self
            .task(steps)
            .or_else(|| self.traceback(steps))
            .or_else(|| self.context_variable(steps))
            .or_else(|| self.thread_local(steps))?;
        let words = if self.is_pattern() {
            Words::of(text)
        } else {
            words_of_several(self.heap, first.from, text, &steps[n_used - 1])
        };
        self.push(Part::words(words));
        Some(n_used)
    }

    /// From a function to what it keeps of a variable of the function around it.
    fn closure(&self, steps: &[Reference]) -> Option<(&'a str, usize)> {
        let [closure, cell, contents, ..] = steps else { return None };
        let is_it = self.style != Style::Python
            && self.is_slot(closure, "__closure__")
            && self.is_slot(contents, "cell_contents");
        let Label::Index(Some(place)) = cell.label else { return None };
        Some((variable_at(self.heap, closure.from, place as usize).filter(|_| is_it)?, 3))
    }

    /// From a task to its coroutine, where that goes on with a local variable, or has no name.
    fn task(&mut self, steps: &[Reference]) -> Option<(String, usize)> {
        let step = &steps[0];
        if self.lookups.special(step.from) != Special::Task {
            return None;
        }
        let text = task_words(self.heap, step)?;
        // Up to 3.10 the variables are in a frame object.
        let n_frames = usize::from(steps.get(1).is_some_and(|next| self.is_slot(next, "cr_frame")));
        let is_local = steps.get(1 + n_frames).is_some_and(|next| next.kind == EdgeKind::Local);
        if is_local {
            return Some((text, 1 + n_frames));
        }
        (step.kind == EdgeKind::Unnamed).then_some((text, 1))
    }

    /// From an exception through its traceback to a frame, where that goes on with a local variable.
    fn traceback(&mut self, steps: &[Reference]) -> Option<(String, usize)> {
        let first = &steps[0];
        let is_start = self.is_slot(first, "__traceback__");
        if !is_start && self.lookups.special(first.from) != Special::Traceback {
            return None;
        }
        let n_start = usize::from(is_start);
        let n_next = steps[n_start..].iter().take_while(|step| self.is_slot(step, "tb_next")).count();
        let [frame, local, ..] = &steps[n_start + n_next..] else { return None };
        if !self.is_slot(frame, "tb_frame") || local.kind != EdgeKind::Local {
            return None;
        }
        Some((frame_words(self.heap, frame.to)?, n_start + n_next + 1))
    }

    /// From a context through its map to a variable.
    fn context_variable(&mut self, steps: &[Reference]) -> Option<(String, usize)> {
        let n_inside = steps.iter().take_while(|step| is_into_context(self.heap, step)).count();
        let entry = steps.get(n_inside).filter(|entry| entry.kind == EdgeKind::DictValue)?;
        Some((variable_words(self.heap, entry)?, n_inside + 1))
    }

    /// From a `threading.local` to what it keeps for one thread.
    fn thread_local(&self, steps: &[Reference]) -> Option<(String, usize)> {
        let [dicts, entry, ..] = steps else { return None };
        let is_it = is_into_threads(self.heap, dicts) && entry.kind == EdgeKind::DictValue;
        Some((thread_words(self.heap, entry).filter(|_| is_it)?, 2))
    }
}
