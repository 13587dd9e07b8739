//! What is wrong with a query.

use std::ops::Range;

/// Why a text is no query: one sentence with what was expected and what was found, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}{}", .suggestion.as_ref().map(|word| format!("; did you mean {word}?")).unwrap_or_default())]
pub struct QueryError {
    /// Bytes of the query; lies on character boundaries. Empty at the end of the query.
    pub span: Range<usize>,
    pub message: String,
    /// What may have been meant instead.
    pub suggestion: Option<String>,
}

impl QueryError {
    pub(crate) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), suggestion: None }
    }

    pub(crate) fn suggest(mut self, suggestion: Option<impl Into<String>>) -> Self {
        self.suggestion = suggestion.map(Into::into);
        self
    }
}
