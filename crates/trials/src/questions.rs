//! Every question that can be asked of an open heap, with its answer as text.

use std::fmt::Write as _;

use heapview_analysis::cycles::{CycleOptions, cycles};
use heapview_analysis::histogram::GroupBy;
use heapview_analysis::paths::{Limits, path_to_root, root_paths};
use heapview_analysis::query::{Query, evaluate};
use heapview_analysis::{
    Heap, Page, diff, dominators, duplicates, free, histogram, object, patterns, selection, sites, summary,
    suspects, top, waste,
};
use heapview_render as render;
use heapview_snapshot::ObjectIx;

/// Answers a question about a heap, and about one of its objects where it is about one.
pub type Question = fn(&Heap, ObjectIx) -> String;

const PAGE: Page = Page { start: 0, len: 20 };

/// Questions about the whole heap.
pub const OF_ALL: [(&str, Question); 19] = [
    ("summary", |heap, _| {
        let summary = summary::summary(heap);
        format!("{:?}\n{}", summary, render::json::summary_json(heap, &summary))
    }),
    ("histogram", |heap, _| {
        let answer = histogram::histogram(heap, None);
        format!(
            "{answer:?}\n{}",
            render::histogram_table(&answer, GroupBy::Type, 10).lines(Some(80)).lines.join("\n")
        )
    }),
    ("histogram by module", |heap, _| grouped(heap, GroupBy::Module)),
    ("histogram by referrer", |heap, _| grouped(heap, GroupBy::Referrer)),
    ("histogram by site", |heap, _| {
        let answer = sites::histogram(heap, None);
        format!("{answer:?}\n{}", render::site_table(&answer, 10).lines(Some(80)).lines.join("\n"))
    }),
    ("top", |heap, _| format!("{:?}", top::top(heap, top::By::Retained, 50))),
    ("top by shallow size", |heap, _| format!("{:?}", top::top(heap, top::By::Shallow, 50))),
    ("duplicates", |heap, _| {
        let answer = duplicates::duplicates(heap, 10);
        format!("{answer:?}\n{}", render::duplicates_json(&answer))
    }),
    ("waste", |heap, _| {
        let answer = waste::waste(heap, 10);
        format!("{answer:?}\n{}", render::waste_json(&answer))
    }),
    ("cycles", |heap, _| {
        let answer = cycles(heap, CycleOptions { only_garbage: false, limit: 5 });
        // Which of several equal cycles is the example may differ.
        let _ = render::cycles_json(heap, &answer);
        format!("{} {} {}", answer.n_kinds, answer.n_cycles, answer.n_objects)
    }),
    ("garbage", |heap, _| {
        let answer = cycles(heap, CycleOptions { only_garbage: true, limit: 5 });
        format!("{} {} {}", answer.n_kinds, answer.n_cycles, answer.n_objects)
    }),
    ("suspects", |heap, _| format!("{:?}", suspects::suspects(heap, heap.total_size() / 100))),
    ("diff", |heap, _| {
        let answer = diff::diff(heap, heap);
        format!("{answer:?}\n{}", render::json::diff_json(&answer, 10))
    }),
    ("query by preview", |heap, _| asked(heap, "type:str preview~\"7\" or generation>1")),
    ("query by path", |heap, _| asked(heap, "path~\"key\" shallow>50 or path:\"*[*]\"")),
    ("query by neighbours", |heap, _| {
        asked(heap, "referrer:dict or referent:str or dominator:list not len>2 refcount>1")
    }),
    ("query by site", |heap, _| asked(heap, "site:*.py module:* or tracked root or immortal")),
    ("patterns", |heap, _| {
        let all = selection::Selection { objects: heap.objects().collect() };
        let answer = patterns::patterns(heap, &all, 5);
        format!("{answer:?}\n{}", render::patterns_json(&answer))
    }),
    ("objects in sets", |heap, _| {
        let all: Vec<ObjectIx> = heap.objects().step_by(3).collect();
        format!("{} {}", heap.retained_size_of_set(&all), heap.shallow_size_of_set(&all))
    }),
];

/// Questions about one object.
pub const OF_ONE: [(&str, Question); 9] = [
    ("report", |heap, ix| {
        let report = object::report(heap, ix);
        format!("{report:?}\n{}\n{}", render::json::report_json(&report), render::object_label(heap, ix))
    }),
    ("referrers", |heap, ix| {
        let found = object::referrers(heap, ix, PAGE);
        let all = object::referrers(heap, ix, Page { start: 1, len: usize::MAX });
        format!("{found:?}\n{}\n{}", labelled(heap, &found), all.total)
    }),
    ("referents", |heap, ix| {
        let found = object::referents(heap, ix, PAGE);
        let all = object::referents(heap, ix, Page { start: 1, len: usize::MAX });
        format!("{found:?}\n{}\n{}", labelled(heap, &found), all.total)
    }),
    ("dominated", |heap, ix| format!("{:?}", dominators::children(heap, Some(ix), PAGE))),
    ("dominators", |heap, ix| {
        let chain = std::iter::successors(Some(ix), |at| heap.dominator(*at));
        format!("{:?} {:?}", chain.collect::<Vec<_>>(), dominators::children(heap, None, PAGE))
    }),
    ("paths", |heap, ix| {
        let paths = root_paths(heap, ix, Limits { max_paths: 5 });
        format!("{paths:?}\n{}", render::json::paths_json(heap, &paths))
    }),
    ("best path, taken back as a selector", |heap, ix| {
        let Some(path) = path_to_root(heap, ix) else { return String::new() };
        format!("{path:?}\n{:?}", selection::select(heap, &path.path.to_string()).map(|found| found.objects))
    }),
    ("how to free", |heap, ix| {
        let plan = free::free(heap, &[ix]);
        let lines =
            [render::code_lines(&plan), render::advice_lines(&plan), render::outcome_lines(heap, &plan)];
        format!("{plan:?}\n{lines:?}")
    }),
    ("what if", |heap, ix| {
        let Some(path) = path_to_root(heap, ix) else { return String::new() };
        format!("{:?}", free::what_if(heap, &[ix], &[path.path.to_string()]))
    }),
];

/// Asks everything: of the whole heap, and of some objects.
pub fn ask_all(heap: &Heap, objects: &[ObjectIx]) -> usize {
    let mut n_bytes = 0;
    let nobody = ObjectIx::new(0);
    for (_, question) in OF_ALL {
        n_bytes += question(heap, nobody).len();
    }
    for object in objects.iter().filter(|object| object.index() < heap.n_objects()) {
        for (_, question) in OF_ONE {
            n_bytes += question(heap, *object).len();
        }
    }
    n_bytes
}

fn grouped(heap: &Heap, by: GroupBy) -> String {
    let answer = histogram::group_histogram(heap, None, by);
    format!("{answer:?}\n{}", render::histogram_table(&answer, by, 10).lines(Some(80)).lines.join("\n"))
}

fn asked(heap: &Heap, query: &str) -> String {
    let query: Query = query.parse().expect("it is a query");
    let matches = evaluate(heap, &query, None);
    let first: Vec<_> = matches.selection.objects.iter().take(20).collect();
    format!("{} {first:?} {:?}", matches.selection.objects.len(), matches.notes)
}

fn labelled(heap: &Heap, found: &object::References) -> String {
    let mut labels = String::new();
    for row in &found.rows {
        let _ = writeln!(labels, "{}", render::reference_label(heap, row));
    }
    labels
}
