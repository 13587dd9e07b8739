//! A table as a file: CSV or JSON, by the ending of its name. Sizes are bytes.

use std::fs::OpenOptions;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::PathBuf;

use heapview_analysis::paths::{RootPath, RootPaths};
use heapview_analysis::{Heap, Page, Reference, object};
use heapview_render::{self as render, HistogramColumn};
use heapview_snapshot::ObjectIx;
use serde_json::{Map, Value};

use crate::findings::{Cell, Finding, Findings};
use crate::layout::Focus;
use crate::screens::Screen;
use crate::tree::Line;

/// What is to be written, and where.
#[derive(Debug)]
pub struct Export {
    pub path: PathBuf,
    pub format: Format,
    pub rows: Rows,
    /// Whether a file that is there already may go.
    pub may_replace: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    Csv,
    Json,
}

/// The rows of a table, in the order shown.
#[derive(Debug)]
pub enum Rows {
    Objects(Vec<ObjectIx>),
    /// Objects of a tree as far as it is open, each with its depth.
    Tree(Vec<(usize, ObjectIx)>),
    /// All that holds an object.
    Referrers(ObjectIx),
    /// All that an object holds.
    Referents(ObjectIx),
    /// The objects along a path, from its root.
    Steps(RootPath),
    Table {
        columns: Vec<String>,
        rows: Vec<Vec<Value>>,
    },
}

/// Why nothing was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Failure {
    /// A file of that name is there already.
    Exists,
    Other(String),
}

impl Format {
    /// By the ending of a file's name.
    pub fn of(name: &str) -> Option<Self> {
        let ending = name.rsplit_once('.')?.1.to_ascii_lowercase();
        match ending.as_str() {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

impl Rows {
    /// Whether a screen has a table by now.
    pub fn are_in(screen: &Screen) -> bool {
        match screen {
            Screen::Objects(screen) => screen.objects().is_some(),
            Screen::Summary(screen) => screen.overview().is_some(),
            Screen::Histogram(screen) => screen.is_known(),
            Screen::Findings(screen) => screen.findings().is_some(),
            Screen::Dominators(screen) => screen.tree().is_some(),
            Screen::Object(_) => true,
            Screen::Paths(screen) => screen.paths().is_some(),
        }
    }

    /// The table of a screen; `None` if it has none. O(rows).
    pub fn of(screen: &Screen) -> Option<Self> {
        match screen {
            Screen::Objects(screen) => {
                screen.objects()?;
                Some(Self::Objects((0..screen.table().len()).filter_map(|at| screen.row(at)).collect()))
            }
            Screen::Summary(screen) => {
                screen.overview()?;
                Some(Self::Objects(screen.biggest().to_vec()))
            }
            Screen::Histogram(screen) if !screen.is_known() => None,
            Screen::Histogram(screen) => {
                const COLUMNS: [HistogramColumn; 4] = [
                    HistogramColumn::Name,
                    HistogramColumn::Objects,
                    HistogramColumn::Shallow,
                    HistogramColumn::Retained,
                ];
                let rows = (0..screen.table().len()).filter_map(|at| screen.row(at));
                Some(Self::Table {
                    columns: COLUMNS.map(|column| column.key(screen.by()).to_owned()).to_vec(),
                    rows: rows.map(|row| COLUMNS.map(|column| column.value(row)).to_vec()).collect(),
                })
            }
            Screen::Findings(screen) => {
                let rows = (0..screen.table().len()).filter_map(|at| screen.row(at));
                Some(Self::of_findings(screen.findings()?, rows))
            }
            Screen::Dominators(screen) => {
                let tree = screen.tree()?;
                let row = |line: &Line| match *line {
                    Line::Row(row) => Some((tree.depth(row), tree.item(row)?.object)),
                    Line::More { .. } | Line::Waiting { .. } => None,
                };
                Some(Self::Tree(tree.lines().iter().filter_map(row).collect()))
            }
            Screen::Object(screen) => Some(match screen.focus {
                Focus::First => Self::Referrers(screen.object),
                Focus::Second => Self::Referents(screen.object),
            }),
            Screen::Paths(screen) => match screen.focus {
                Focus::First => Some(Self::of_paths(screen.paths()?)),
                Focus::Second => screen.chosen_path().cloned().map(Self::Steps),
            },
        }
    }

    fn of_paths(paths: &RootPaths) -> Self {
        let row = |path: &RootPath| {
            let aliases: Vec<String> = path.aliases.iter().map(ToString::to_string).collect();
            vec![
                Value::from(path.path.to_string()),
                aliases.join(", ").into(),
                render::root_label(&path.root).into(),
                path.steps.len().into(),
            ]
        };
        let columns = ["path", "also", "root", "references"].map(String::from).to_vec();
        Self::Table { columns, rows: paths.paths.iter().map(row).collect() }
    }

    fn of_findings<'a>(findings: &Findings, rows: impl Iterator<Item = &'a Finding>) -> Self {
        let value = |cell: &Cell| match cell.number {
            Some(number) => Value::from(number),
            None => Value::from(cell.text.trim()),
        };
        let cells = |row: &Finding| {
            let object = row.object.map_or(Value::Null, |object| object.to_string().into());
            row.cells.iter().map(value).chain([object]).collect()
        };
        let titles = findings.columns.iter().map(|column| column.title.to_owned());
        Self::Table {
            columns: titles.chain(["object id".to_owned()]).collect(),
            rows: rows.map(cells).collect(),
        }
    }
}

/// Writes the file; returns how many rows it has. The only writing in the browser; runs on the worker.
pub fn write(heap: &Heap, export: &Export) -> Result<usize, Failure> {
    let mut options = OpenOptions::new();
    options.write(true);
    if export.may_replace {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let written = options.open(&export.path).and_then(|file| {
        let mut file = BufWriter::new(file);
        match export.format {
            Format::Csv => write_csv(heap, &export.rows, &mut file),
            Format::Json => write_json(heap, &export.rows, &mut file),
        }
        .and_then(|n_rows| file.flush().map(|()| n_rows))
    });
    match written {
        Ok(n_rows) => Ok(n_rows),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(Failure::Exists),
        Err(error) => Err(Failure::Other(format!("{}: {error}", export.path.display()))),
    }
}

const OBJECT_COLUMNS: [&str; 5] = ["id", "type", "value", "shallow", "retained"];

fn columns(rows: &Rows) -> Vec<&str> {
    let objects = |first: &'static str| [&[first], &OBJECT_COLUMNS[..]].concat();
    match rows {
        Rows::Objects(_) => OBJECT_COLUMNS.to_vec(),
        Rows::Tree(_) => objects("depth"),
        Rows::Referrers(_) | Rows::Referents(_) | Rows::Steps(_) => objects("reference"),
        Rows::Table { columns, .. } => columns.iter().map(String::as_str).collect(),
    }
}

/// Calls `write` with the number and the values of each row; returns how many there were.
fn each_row(
    heap: &Heap,
    rows: &Rows,
    mut write: impl FnMut(usize, &[Value]) -> io::Result<()>,
) -> io::Result<usize> {
    let whole = Page { start: 0, len: usize::MAX };
    let mut n_rows = 0;
    let mut write = |values: &[Value]| {
        n_rows += 1;
        write(n_rows - 1, values)
    };
    match rows {
        Rows::Table { rows, .. } => rows.iter().try_for_each(|row| write(row))?,
        Rows::Objects(objects) => objects.iter().try_for_each(|at| write(&object_values(heap, *at)))?,
        Rows::Tree(rows) => rows.iter().try_for_each(|(depth, at)| write(&led(*depth, heap, *at)))?,
        Rows::Referrers(of) => {
            let references = object::referrers(heap, *of, whole).rows.into_iter();
            let row =
                |reference: &Reference| led(render::reference_label(heap, reference), heap, reference.from);
            references.map(|reference| row(&reference)).try_for_each(|row| write(&row))?;
        }
        Rows::Referents(of) => {
            let references = object::referents(heap, *of, whole).rows.into_iter();
            let row =
                |reference: &Reference| led(render::reference_label(heap, reference), heap, reference.to);
            references.map(|reference| row(&reference)).try_for_each(|row| write(&row))?;
        }
        Rows::Steps(path) => {
            write(&led(render::root_label(&path.root), heap, path.root.object))?;
            let row = |step: &Reference| led(render::reference_label(heap, step), heap, step.to);
            path.steps.iter().try_for_each(|step| write(&row(step)))?;
        }
    }
    Ok(n_rows)
}

fn object_values(heap: &Heap, object: ObjectIx) -> [Value; 5] {
    [
        object.to_string().into(),
        heap.type_name(object).into(),
        render::value_label(heap, object).into(),
        heap.shallow_size(object).into(),
        heap.retained_size(object).into(),
    ]
}

/// An object's values behind another one.
fn led(first: impl Into<Value>, heap: &Heap, object: ObjectIx) -> Vec<Value> {
    std::iter::once(first.into()).chain(object_values(heap, object)).collect()
}

fn write_csv(heap: &Heap, rows: &Rows, file: &mut impl Write) -> io::Result<usize> {
    let titles: Vec<String> = columns(rows).iter().map(|title| quoted(title)).collect();
    write!(file, "{}\r\n", titles.join(","))?;
    each_row(heap, rows, |_, values| {
        let fields: Vec<String> = values.iter().map(field).collect();
        write!(file, "{}\r\n", fields.join(","))
    })
}

fn field(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}

/// As RFC 4180 wants it, and so that neither a terminal nor a spreadsheet acts on it.
fn quoted(text: &str) -> String {
    let text = render::printable(text);
    let text = if is_formula(&text) { format!("'{text}") } else { text.into_owned() };
    if text.contains([',', '"']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

/// Whether a spreadsheet would compute what a name or a value of the heap says. Numbers and our own ids say nothing.
fn is_formula(text: &str) -> bool {
    let is_id = || text.parse::<ObjectIx>().is_ok();
    text.starts_with(['=', '+', '-', '@']) && text.parse::<f64>().is_err() && !is_id()
}

fn write_json(heap: &Heap, rows: &Rows, file: &mut impl Write) -> io::Result<usize> {
    let names: Vec<String> = columns(rows).iter().map(|title| title.replace(' ', "_")).collect();
    file.write_all(b"[")?;
    let n_rows = each_row(heap, rows, |at, values| {
        let row: Map<String, Value> = names.iter().cloned().zip(values.iter().cloned()).collect();
        write!(file, "{}\n{}", if at == 0 { "" } else { "," }, render::json::line(&Value::Object(row)))
    })?;
    file.write_all(b"\n]\n")?;
    Ok(n_rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_where_they_must() {
        for (text, expected) in [("a b", "a b"), ("a,b", "\"a,b\""), ("say \"x\"", "\"say \"\"x\"\"\"")] {
            assert_eq!(quoted(text), expected);
        }
    }

    #[test]
    fn no_field_acts_on_a_terminal_or_a_spreadsheet() {
        for (text, expected) in [
            ("a\nb\u{1b}[2J\u{202e}", "a\\nb\\x1b[2J\\u202e"),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("+1+1", "'+1+1"),
            ("-x", "'-x"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-5", "-5"),
            ("+1.5e3", "+1.5e3"),
            ("@1a2b", "@1a2b"),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }

    #[test]
    fn the_ending_says_the_format() {
        assert_eq!(Format::of("a.b.CSV"), Some(Format::Csv));
        assert_eq!(Format::of("a.json"), Some(Format::Json));
        assert_eq!([Format::of("csv"), Format::of("a.txt")], [None, None]);
    }
}
