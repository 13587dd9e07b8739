//! What of values must not be written as it is, and what stands for it.
//!
//! With `previews="none"` and with `redact=True` names of the program's own are all that remains of texts. A key in
//! somebody's `__dict__` is such a name only if it could stand in source code: any other was made of data.

use std::fmt::Write as _;
use std::hash::{BuildHasher as _, RandomState};

use crate::cpython::{self, Facts, Int, Raw};
use crate::options::{DumpOptions, PreviewLength};
use crate::type_rules::PreviewRule;

/// Numbers below it say little, and much about what a program does: years, sizes, states.
const FIVE_DIGITS: u128 = 10_000;

/// What the options keep out of the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets {
    has_no_values: bool,
    /// Its keys are the salt of what stands for texts: they are not written anywhere.
    salt: Option<RandomState>,
}

impl Secrets {
    pub(crate) fn of(options: DumpOptions) -> Self {
        let has_no_values = options.previews == PreviewLength::None;
        Self { has_no_values, salt: (options.redact && !has_no_values).then(RandomState::new) }
    }

    /// Whether texts are hidden or left out, so that names have to be told from them.
    pub(crate) fn hides_values(&self) -> bool {
        self.has_no_values || self.salt.is_some()
    }

    /// Appends what stands for a `str` or `bytes` object: the same for equal ones, if texts are hidden.
    pub(crate) fn stand_in(&self, facts: &Facts, text: Raw, written: &mut String) {
        match self.salt.as_ref().zip(cpython::content(facts, text)) {
            Some((salt, content)) => drop(write!(written, "redacted {:016x}", salt.hash_one(content))),
            // No identifier, or a path would claim that it can be read by this name.
            None => written.push_str("(hidden)"),
        }
    }

    /// Whether the value of an object that is no text is hidden.
    pub(crate) fn hides_number(&self, facts: &Facts, rule: PreviewRule, number: Raw) -> bool {
        self.salt.is_some()
            && match rule {
                PreviewRule::Float => true,
                PreviewRule::Int if facts.ints => match cpython::int(facts, number) {
                    Int::Small(value) => value.unsigned_abs() >= FIVE_DIGITS,
                    Int::Large { .. } => true,
                },
                _ => false,
            }
    }
}

/// Whether a thread's name was made by the standard library, and not by the program: `MainThread`, `Thread-1`,
/// `Thread-1 (run)`, `Dummy-2`, `ThreadPoolExecutor-0_1`, `asyncio_0`.
pub(crate) fn is_standard_thread_name(name: &str) -> bool {
    let of_executor = |rest: &str| rest.split('_').all(is_number) && rest.split('_').count() == 2;
    let of_thread = |rest: &str| match rest.split_once(" (") {
        Some((number, function)) => {
            is_number(number) && function.strip_suffix(')').is_some_and(is_identifier)
        }
        None => is_number(rest),
    };
    name == "MainThread"
        || name.strip_prefix("Thread-").is_some_and(of_thread)
        || name.strip_prefix("Dummy-").is_some_and(is_number)
        || name.strip_prefix("ThreadPoolExecutor-").is_some_and(of_executor)
        || name.strip_prefix("asyncio_").is_some_and(is_number)
}

/// Whether a text looks like a version: `1.26.4`, `2.0.0rc1+cu121`.
pub(crate) fn is_version(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || ".+-_!".contains(letter))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.len() < 10 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_threads_that_a_program_made_up_are_told_from_others() {
        for name in
            ["MainThread", "Thread-1", "Thread-12 (run)", "Dummy-3", "ThreadPoolExecutor-0_11", "asyncio_0"]
        {
            assert!(is_standard_thread_name(name), "{name}");
        }
        for name in
            ["", "Thread-", "Thread-1 (a b)", "Thread-1 (x", "worker for alice", "Thread-4111111111111111"]
        {
            assert!(!is_standard_thread_name(name), "{name}");
        }
    }

    #[test]
    fn versions_are_told_from_texts() {
        assert!(["1.26.4", "2.0.0rc1+cu121", "2024.1", "1!2.0-3"].iter().all(|text| is_version(text)));
        assert!(["", "hunter2", "1.0 of alice", "v1", "1.0/x"].iter().all(|text| !is_version(text)));
    }
}
