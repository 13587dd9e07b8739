//! `heapview histogram`: objects and bytes by type, module, referrer, or by the line that allocated them.

use heapview_analysis::histogram::{GroupBy, group_histogram};
use heapview_analysis::selection::Selection;
use heapview_analysis::{Heap, sites};
use heapview_render::{histogram_json, histogram_table, json, site_table};

use super::{matching, parsed};
use crate::args::{self, Group};
use crate::output::{Output, complain};
use crate::session::Session;

pub(crate) fn run(args: &args::Histogram, session: &mut Session, output: &mut Output) -> anyhow::Result<u8> {
    let query = match parsed(args.query.as_deref()) {
        Ok(query) => query,
        Err(code) => return Ok(code),
    };
    let heap = session.open(&args.source.snapshot)?;
    let matches = matching(&heap, query.as_ref());
    let of = matches.as_ref().map(|matches| &matches.selection);
    let code = match args.by {
        Group::Site => by_site(&heap, of, args, output)?,
        Group::Type => by(&heap, of, GroupBy::Type, args, output)?,
        Group::Module => by(&heap, of, GroupBy::Module, args, output)?,
        Group::Referrer => by(&heap, of, GroupBy::Referrer, args, output)?,
    };
    Ok(if of.is_some_and(|of| of.objects.is_empty()) { crate::NOTHING } else { code })
}

fn by(
    heap: &Heap,
    of: Option<&Selection>,
    by: GroupBy,
    args: &args::Histogram,
    output: &mut Output,
) -> anyhow::Result<u8> {
    let histogram = group_histogram(heap, of, by);
    if args.json {
        output.json(&histogram_json(&histogram, by, args.limit))?;
    } else {
        output.table(&histogram_table(&histogram, by, args.limit))?;
        output.more(histogram.rows.len().saturating_sub(args.limit))?;
    }
    Ok(0)
}

fn by_site(
    heap: &Heap,
    of: Option<&Selection>,
    args: &args::Histogram,
    output: &mut Output,
) -> anyhow::Result<u8> {
    let histogram = sites::histogram(heap, of);
    if args.json {
        output.json(&json::site_histogram_json(&histogram, args.limit))?;
    } else {
        output.table(&site_table(&histogram, args.limit))?;
        output.more(histogram.rows.len().saturating_sub(args.limit))?;
    }
    if heap.snapshot().n_sites() > 0 {
        return Ok(0);
    }
    complain(&["no allocation was traced; start the program with `python -X tracemalloc=5`"]);
    Ok(crate::NOTHING)
}
