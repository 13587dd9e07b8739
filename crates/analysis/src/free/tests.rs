//! Whole plans on heaps of a line each: which lines, and which words.

use super::{Statement, free, what_if};
use crate::testing::Told;

const CACHE: &str = "CACHE = dict; CACHE['a'] = app.Row; CACHE['a'].block = bytes 9000000; \
                     CACHE['b'] = app.Row; CACHE['b'].block = bytes 9000000; CACHE['c'] = app.Row";
const LOG: &str = "LOG = list; LOG[0] = app.Row 9000000; LOG[1] = app.Other 9000";

/// The lines and the words of a plan.
fn said(plan: &super::FreePlan) -> (Vec<String>, Vec<String>) {
    let (mut lines, mut words) = (Vec::new(), Vec::new());
    for cut in &plan.cuts {
        match &cut.statement {
            Statement::Delete(what) => lines.push(format!("del {what}")),
            Statement::Run(run) => lines.extend(run.iter().cloned()),
            Statement::Advice(advice) => words.push(advice.text.clone()),
        }
    }
    (lines, words)
}

#[track_caller]
fn check(story: &str, place: &str, lines: &[&str], words: &[&str]) {
    let told = Told::new(story);
    let plan = free(&told.heap, &[told.at(place)]);
    let (found, advice) = said(&plan);
    assert_eq!(found, lines, "{advice:?}");
    assert_eq!(advice, words);
    assert_eq!(plan.is_complete(), words.is_empty());
}

#[test]
fn a_name_that_nobody_mentions_is_deleted() {
    check("big = bytes 9000000", "big", &["del big"], &[]);
    let words = "big: functions of __main__ mention this name and may still read it";
    check("big = bytes 9000000; def show = big reads", "big", &[], &[words]);
}

#[test]
fn an_element_goes_out_of_a_container_that_nobody_reads() {
    check(CACHE, "CACHE['a']", &["[CACHE.pop('a', None)][:0]"], &[]);
    check(CACHE, "CACHE['b'].block", &["[CACHE.pop('b', None)][:0]"], &[]);
    check(LOG, "LOG[0]", &["LOG[:] = [item for item in LOG if type(item).__name__ != 'Row']"], &[]);
}

#[test]
fn a_function_that_makes_what_is_missing_goes_on() {
    let refilled = format!("{CACHE}; def load = CACHE tests stores reads");
    check(&refilled, "CACHE['a']", &["[CACHE.pop('a', None)][:0]"], &[]);
    let appended = format!("{LOG}; def log = LOG adds counts");
    check(&appended, "LOG[0]", &["LOG[:] = [item for item in LOG if type(item).__name__ != 'Row']"], &[]);
}

#[test]
fn a_function_that_counts_on_an_element_takes_the_line() {
    for does in ["reads", "loops", "takes", "gives", "tests", "tests stores reads loops"] {
        let story = format!("{CACHE}; def use = CACHE {does}");
        check(&story, "CACHE['a']", &[], &["CACHE['a']: use() looks at its elements"]);
    }
}

#[test]
fn what_two_places_hold_goes_out_of_both() {
    let story = format!("{CACHE}; SEEN = list; SEEN[0] = CACHE['a']; SEEN[1] = app.Other");
    let lines =
        ["[CACHE.pop('a', None)][:0]", "SEEN[:] = [item for item in SEEN if type(item).__name__ != 'Row']"];
    check(&story, "CACHE['a']", &lines, &[]);
}

#[test]
fn what_a_module_shows_and_never_fills_is_for_others_to_look_at() {
    let story = "app = module; app.TABLE = dict; app.TABLE['a'] = bytes 9000000; app.TABLE['b'] = bytes 90";
    check(story, "app.TABLE['a']", &[], &["app.TABLE['a']"]);
}

#[test]
fn a_local_variable_goes_when_its_function_returns() {
    let words = "work() local rows: goes when the function returns, or with `del rows` in it";
    let told = Told::new("work().rows = list 9000000");
    let (lines, advice) = said(&free(&told.heap, &[told.at("work().rows")]));
    assert!(lines.is_empty());
    assert!(advice[0].ends_with(words.split_once(": ").unwrap().1), "{advice:?}");
}

#[test]
fn what_is_tried_gives_what_the_plan_says() {
    let table: [(&str, &[&str], u64, bool); 4] = [
        ("CACHE['a']", &["CACHE['a']"], 9_000_114, true),
        ("CACHE['a'].block", &["CACHE['a']"], 9_000_114, true),
        ("CACHE['a'].block", &["CACHE['b']"], 9_000_114, false),
        ("CACHE['a']", &["CACHE['a']", "CACHE['b']"], 18_000_228, true),
    ];
    let told = Told::new(CACHE);
    for (place, cuts, freed, frees) in table {
        let cuts: Vec<String> = cuts.iter().map(|cut| (*cut).to_owned()).collect();
        let plan = what_if(&told.heap, &[told.at(place)], &cuts).unwrap();
        assert_eq!(plan.by_all.freed_size, freed, "{place} {cuts:?}");
        assert_eq!(plan.by_all.n_staying == 0, frees, "{place} {cuts:?}");
    }
}
