//! The line of text being typed, and what became of it.

use heapview_analysis::query::{Expr, Field, Query, Term};

use crate::refusal::Refusal;
use crate::ticket::Ticket;

/// A line of text being typed.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Prompt {
    pub purpose: Purpose,
    pub text: String,
    pub state: PromptState,
}

/// What the text is for.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Purpose {
    #[default]
    Find,
    /// The name of a file to write the table to.
    Export,
}

#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub enum PromptState {
    #[default]
    Typing,
    /// The objects that match what is typed so far are being counted.
    Counting(Ticket),
    Counted(u64),
    /// The engine looks for the objects, or writes the file.
    Searching(Ticket),
    /// A file of that name is there; Enter writes over it.
    Exists,
    /// Why nothing was found.
    Failed(Refusal),
}

impl Prompt {
    /// The question whose answer is waited for.
    pub fn waits_for(&self) -> Option<Ticket> {
        match self.state {
            PromptState::Counting(ticket) | PromptState::Searching(ticket) => Some(ticket),
            PromptState::Typing | PromptState::Counted(_) | PromptState::Exists | PromptState::Failed(_) => {
                None
            }
        }
    }

    /// Notes why nothing was found by the text without the blanks around it.
    pub fn fail(&mut self, refusal: Refusal) {
        let n_blanks = self.text.len() - self.text.trim_start().len();
        let at = refusal.at.map(|at| at.start + n_blanks..at.end + n_blanks);
        self.state = PromptState::Failed(Refusal { at, ..refusal });
    }
}

/// Whether the text can only be meant as a query: a path or an id has no operator outside its keys and its words.
pub fn is_query(text: &str) -> bool {
    let head = text.trim().split(['[', '\'', '"']).next().unwrap_or_default();
    let has_words = head.starts_with('<') || head.contains(".<");
    !has_words && head.contains([':', '<', '>', '=', '~', '(', ' '])
}

/// The query, if it is worth evaluating at every letter: by what each object itself tells.
pub fn cheap_query(text: &str) -> Option<Query> {
    let query: Query = text.trim().parse().ok().filter(|_| is_query(text))?;
    is_cheap(&query.expr).then_some(query)
}

fn is_cheap(expr: &Expr) -> bool {
    match expr {
        Expr::Not(inner) => is_cheap(inner),
        Expr::All(parts) | Expr::Any(parts) => parts.iter().all(is_cheap),
        Expr::Term(Term::Text(field, _)) => matches!(field, Field::Type | Field::Module),
        Expr::Term(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_ids_are_no_queries() {
        for text in [
            "app.CACHE['a:b c']",
            "@1a",
            "0x7f00",
            "Out[5]",
            "Session",
            "f.<cache>['k']",
            "<load() at app.py:9>.<local 'x'>",
        ] {
            assert!(!is_query(text), "{text}");
        }
        for text in
            ["type:dict", "retained>10MB", "dict retained>1", "(dict)", "shallow<1kB", "preview~\"a[0]\""]
        {
            assert!(is_query(text), "{text}");
        }
    }

    #[test]
    fn queries_that_walk_the_heap_are_not_evaluated_while_typing() {
        assert!(cheap_query("type:dict retained>1MB").is_some());
        assert!(cheap_query("type:dict path:\"a[*]\"").is_none());
        assert!(cheap_query("type:dict retained>").is_none());
    }

    #[test]
    fn the_place_counts_the_blanks_in_front() {
        let mut prompt = Prompt { text: "  type:dict x!".into(), ..Prompt::default() };
        prompt.fail(Refusal { message: String::new(), at: Some(10..11) });
        assert!(matches!(prompt.state, PromptState::Failed(Refusal { at: Some(at), .. }) if at == (12..13)));
    }
}
