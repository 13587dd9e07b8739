//! One answer of the engine: not asked for, on its way, or here.

use std::sync::Arc;

use crate::ticket::Ticket;

/// Shared, so that a screen can be copied when it is visited again.
#[derive(Debug)]
pub(crate) struct Fact<T> {
    value: Option<Arc<T>>,
    asked: Option<Ticket>,
}

impl<T> Default for Fact<T> {
    fn default() -> Self {
        Self { value: None, asked: None }
    }
}

impl<T> Clone for Fact<T> {
    fn clone(&self) -> Self {
        Self { value: self.value.clone(), asked: None }
    }
}

impl<T> Fact<T> {
    pub(crate) fn get(&self) -> Option<&T> {
        self.value.as_deref()
    }

    /// The answer, for work elsewhere.
    pub(crate) fn share(&self) -> Option<Arc<T>> {
        self.value.clone()
    }

    pub(crate) fn is_wanted(&self) -> bool {
        self.value.is_none() && self.asked.is_none()
    }

    pub(crate) fn ask(&mut self, ticket: Ticket) {
        self.asked = Some(ticket);
    }

    /// Forgets that it was asked for, so that it is asked for again: its answer may have been dropped.
    pub(crate) fn forget_asked(&mut self) {
        self.asked = None;
    }

    pub(crate) fn waits_for(&self, ticket: Ticket) -> bool {
        self.asked == Some(ticket)
    }

    pub(crate) fn accept(&mut self, value: Arc<T>) {
        self.asked = None;
        self.value = Some(value);
    }
}
