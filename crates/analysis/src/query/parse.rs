//! From text to a query.

use std::ops::Range;
use std::str::FromStr;

use super::ast::{Comparison, Expr, Field, Flag, Number, Query, Term, Text};
use super::error::QueryError;
use super::names::closest;
use super::scanner::{Scanner, Value};

/// Parentheses and negations in one another; each is a level of recursion.
const MAX_DEPTH: usize = 64;
/// A bare word is a type unless it nearly is one of these.
const KEYWORDS: [&str; 3] = ["and", "or", "not"];

impl FromStr for Query {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, QueryError> {
        let mut parser = Parser { scanner: Scanner { text, at: 0 } };
        let expr = parser.any(0)?;
        parser.scanner.skip_space();
        if parser.scanner.rest().is_empty() {
            return Ok(Self { expr });
        }
        // Only a parenthesis ends an expression before the end of the text.
        let at = parser.scanner.at;
        Err(QueryError::new(at..at + 1, "expected a term, found a ) that closes nothing"))
    }
}

struct Parser<'a> {
    scanner: Scanner<'a>,
}

impl Parser<'_> {
    fn any(&mut self, depth: usize) -> Result<Expr, QueryError> {
        let mut parts = vec![self.all(depth)?];
        while self.keyword("or") {
            parts.push(self.all(depth)?);
        }
        Ok(one_or(parts, Expr::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Expr, QueryError> {
        let mut parts = vec![self.one(depth)?];
        loop {
            let before = self.scanner.at;
            self.scanner.skip_space();
            let rest = self.scanner.rest();
            if rest.is_empty() || rest.starts_with(')') {
                break;
            }
            if self.keyword("or") {
                self.scanner.at = before;
                break;
            }
            self.keyword("and");
            parts.push(self.one(depth)?);
        }
        Ok(one_or(parts, Expr::All))
    }

    fn one(&mut self, depth: usize) -> Result<Expr, QueryError> {
        self.scanner.skip_space();
        let start = self.scanner.at;
        if depth > MAX_DEPTH {
            return Err(QueryError::new(
                start..start,
                format!("expected at most {MAX_DEPTH} nested parentheses and negations, found more"),
            ));
        }
        if self.scanner.eat('-') || self.keyword("not") {
            return Ok(Expr::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.scanner.eat('(') {
            let inner = self.any(depth + 1)?;
            self.scanner.skip_space();
            if !self.scanner.eat(')') {
                return Err(QueryError::new(
                    start..start + 1,
                    "expected a ) for this (, found the end of the query",
                ));
            }
            return Ok(inner);
        }
        self.term().map(Expr::Term)
    }

    /// Takes `word` if it stands here alone.
    fn keyword(&mut self, word: &str) -> bool {
        let before = self.scanner.at;
        self.scanner.skip_space();
        let (found, _) = self.scanner.word();
        let is_field = found.eq_ignore_ascii_case(word) && {
            let after = self.scanner.at;
            let has_operator = self.scanner.operator().is_some();
            self.scanner.at = after;
            has_operator
        };
        if found.eq_ignore_ascii_case(word) && !is_field {
            return true;
        }
        self.scanner.at = before;
        false
    }

    fn term(&mut self) -> Result<Term, QueryError> {
        let (word, span) = self.scanner.word();
        if word.is_empty() {
            return Err(self.no_term(span.start));
        }
        match self.scanner.operator() {
            Some((operator, operator_span)) => self.comparison(word, span, operator, operator_span),
            None => bare(word, span),
        }
    }

    fn no_term(&self, at: usize) -> QueryError {
        const EXPECTED: &str = "expected a term such as type:dict or retained>10MB";
        match self.scanner.rest().chars().next() {
            None => QueryError::new(at..at, format!("{EXPECTED}, found the end of the query")),
            Some(found) => QueryError::new(at..at + found.len_utf8(), format!("{EXPECTED}, found {found}")),
        }
    }

    fn comparison(
        &mut self,
        word: &str,
        span: Range<usize>,
        operator: &'static str,
        operator_span: Range<usize>,
    ) -> Result<Term, QueryError> {
        let name = match word.to_ascii_lowercase().as_str() {
            "size" => "shallow".to_owned(),
            "count" => "len".to_owned(),
            other => other.to_owned(),
        };
        if let Some(field) = Field::from_word(&name) {
            let contains = match operator {
                ":" | "=" | "==" => false,
                "~" => true,
                _ => {
                    return Err(QueryError::new(
                        operator_span,
                        format!("expected : or ~ after {name}, which is a text, found {operator}"),
                    ));
                }
            };
            let value = self.value_of(&name, "a text")?;
            return Ok(Term::Text(field, Text { text: value.text, contains }));
        }
        if let Some(number) = Number::from_word(&name) {
            let comparison = match operator {
                ":" | "==" => Comparison::Equal,
                other => Comparison::from_word(other).ok_or_else(|| {
                    QueryError::new(
                        operator_span,
                        format!(
                            "expected > >= < <= = or != after {name}, which is a number, found {operator}"
                        ),
                    )
                })?,
            };
            let value =
                self.value_of(&name, if number.is_size() { "a size such as 10MB" } else { "a number" })?;
            return Ok(Term::Number(number, comparison, self::value(number, &value)?));
        }
        if name == "id" && matches!(operator, ":" | "=" | "==") {
            let value = self.value_of("id", "an object id such as @1a2b")?;
            let id =
                if value.text.starts_with('@') { value.text.clone() } else { format!("@{}", value.text) };
            return id.parse().map(Term::Id).map_err(|_| {
                QueryError::new(
                    value.span,
                    format!("expected an object id such as @1a2b, found {}", value.text),
                )
            });
        }
        if Flag::from_word(&name).is_some() {
            return Err(QueryError::new(
                operator_span,
                format!("expected nothing after {name}, which is so or not, found {operator}"),
            )
            .suggest(Some(name)));
        }
        let fields = Field::ALL.iter().map(|field| field.word());
        let numbers = Number::ALL.iter().map(|number| number.word());
        let near = closest(&name, fields.clone().chain(numbers.clone()).chain(["id", "size", "count"]))
            .map(|near| format!("{near}{operator}"));
        let known: Vec<&str> = fields.chain(numbers).chain(["id"]).collect();
        // With a suggestion at hand nobody wants the list.
        let known = if near.is_some() { String::new() } else { format!(" ({})", known.join(", ")) };
        Err(QueryError::new(span, format!("expected a field{known}, found {word}")).suggest(near))
    }

    fn value_of(&mut self, name: &str, what: &str) -> Result<Value, QueryError> {
        let value = self.scanner.value()?;
        if !value.span.is_empty() {
            return Ok(value);
        }
        let found =
            self.scanner.rest().chars().next().map_or("the end of the query".to_owned(), String::from);
        Err(QueryError::new(value.span, format!("expected {what} after {name}, found {found}")))
    }
}

fn one_or(mut parts: Vec<Expr>, many: fn(Vec<Expr>) -> Expr) -> Expr {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            parts.extend(last);
            many(parts)
        }
    }
}

/// A word without an operator: a flag, an id, an address, or a type.
fn bare(word: &str, span: Range<usize>) -> Result<Term, QueryError> {
    let lower = word.to_ascii_lowercase();
    if let Some(flag) = Flag::from_word(&lower) {
        return Ok(Term::Flag(flag));
    }
    if word.starts_with('@') {
        return word.parse().map(Term::Id).map_err(|_| {
            QueryError::new(span, format!("expected an object id such as @1a2b, found {word}"))
        });
    }
    if lower.starts_with("0x") {
        return word.parse().map(Term::Address).map_err(|_| {
            QueryError::new(span, format!("expected an address such as 0x7f00aa10, found {word}"))
        });
    }
    if lower == "id" || Field::from_word(&lower).is_some() || Number::from_word(&lower).is_some() {
        let example = match Number::from_word(&lower) {
            Some(number) if number.is_size() => format!("{lower}>10MB"),
            Some(_) => format!("{lower}>1"),
            None => format!("{lower}:..."),
        };
        return Err(QueryError::new(
            span.end..span.end,
            format!("expected a comparison such as {example}, found nothing after {lower}"),
        ));
    }
    let flags = Flag::ALL.iter().map(|flag| flag.word());
    // A type of one or two letters is near to everything.
    if word.len() > 3
        && word.bytes().all(|byte| byte.is_ascii_lowercase())
        && let Some(near) = closest(word, flags)
    {
        return Err(QueryError::new(
            span,
            format!("expected a flag, or type:{word} for objects of that type, found {word}"),
        )
        .suggest(Some(near)));
    }
    if word.contains('[') {
        return Err(QueryError::new(span, format!("expected a term, found the path {word}"))
            .suggest(Some(format!("path:{word}"))));
    }
    if KEYWORDS.contains(&lower.as_str()) {
        return Err(QueryError::new(span, format!("expected a term, found {word}")));
    }
    Ok(Term::Text(Field::Type, Text { text: word.to_owned(), contains: false }))
}

/// The number that is meant: bytes for sizes.
fn value(number: Number, value: &Value) -> Result<u64, QueryError> {
    let text = value.text.replace(['_', ','], "");
    let digits_end =
        text.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(text.len());
    let (digits, unit) = text.split_at(digits_end);
    if !number.is_size() {
        let is_number = unit.is_empty() && !digits.contains('.');
        return digits.parse().ok().filter(|_| is_number).ok_or_else(|| {
            QueryError::new(
                value.span.clone(),
                format!("expected a number such as 1000, found {}", value.text),
            )
        });
    }
    let factor = factor(unit.trim()).ok_or_else(|| {
        QueryError::new(
            value.span.clone(),
            format!("expected a unit (B, kB, MB, GB, TB; all binary), found {unit}"),
        )
    });
    let bad =
        || QueryError::new(value.span.clone(), format!("expected a size such as 10MB, found {}", value.text));
    if digits.is_empty() {
        return Err(bad());
    }
    let factor = factor?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole: u64 =
        if whole.is_empty() && !fraction.is_empty() { 0 } else { whole.parse().map_err(|_| bad())? };
    let part: f64 =
        if fraction.is_empty() { 0.0 } else { format!("0.{fraction}").parse().map_err(|_| bad())? };
    let bytes = whole.checked_mul(factor).and_then(|bytes| bytes.checked_add((part * factor as f64) as u64));
    bytes.ok_or_else(bad)
}

fn factor(unit: &str) -> Option<u64> {
    let unit = unit.to_ascii_lowercase();
    let shift = match unit.as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        _ => return None,
    };
    Some(1 << shift)
}
