//! The stack of screens one went through, with the way back and the way forward again.

/// Screens remembered; the oldest goes first.
const MAX_SCREENS: usize = 200;

/// Never empty: there is always a screen to show.
#[derive(Clone, Debug)]
pub struct History<S> {
    behind: Vec<S>,
    current: S,
    ahead: Vec<S>,
}

impl<S> History<S> {
    pub fn new(first: S) -> Self {
        Self { behind: Vec::new(), current: first, ahead: Vec::new() }
    }

    pub fn current(&self) -> &S {
        &self.current
    }

    pub fn current_mut(&mut self) -> &mut S {
        &mut self.current
    }

    /// The screens that Backspace leads back through, the nearest first.
    pub fn behind(&self) -> impl Iterator<Item = &S> {
        self.behind.iter().rev()
    }

    /// How many screens Backspace leads back through.
    pub fn n_behind(&self) -> usize {
        self.behind.len()
    }

    /// Shows `screen`; what was ahead is forgotten.
    pub fn go(&mut self, screen: S) {
        self.ahead.clear();
        if self.behind.len() == MAX_SCREENS {
            self.behind.remove(0);
        }
        self.behind.push(std::mem::replace(&mut self.current, screen));
    }

    /// Goes back one screen; false at the first.
    pub fn back(&mut self) -> bool {
        let Some(screen) = self.behind.pop() else { return false };
        self.ahead.push(std::mem::replace(&mut self.current, screen));
        true
    }

    /// Undoes the last way back; false if there was none.
    pub fn forward(&mut self) -> bool {
        let Some(screen) = self.ahead.pop() else { return false };
        self.behind.push(std::mem::replace(&mut self.current, screen));
        true
    }

    /// The screen visited last that satisfies `is_wanted`, the current one included.
    pub fn latest(&self, is_wanted: impl Fn(&S) -> bool) -> Option<&S> {
        std::iter::once(&self.current).chain(self.behind.iter().rev()).find(|screen| is_wanted(screen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_and_forward_again() {
        let mut history = History::new(1);
        history.go(2);
        history.go(3);
        assert!(history.back() && history.back() && !history.back());
        assert_eq!(*history.current(), 1);
        assert!(history.forward());
        assert_eq!((*history.current(), history.n_behind()), (2, 1));
        history.go(4);
        assert!(!history.forward());
        assert_eq!(history.latest(|screen| screen % 2 == 1), Some(&1));
        assert_eq!(history.latest(|screen| *screen == 3), None);
    }

    #[test]
    fn it_forgets_the_oldest() {
        let mut history = History::new(0);
        for screen in 1..1_000 {
            history.go(screen);
        }
        assert_eq!(history.n_behind(), MAX_SCREENS);
    }
}
