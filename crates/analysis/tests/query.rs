//! Queries: what they mean, what they come to, and what is said of bad ones.

mod opened;

use heapview_analysis::Heap;
use heapview_analysis::query::{Comparison, Expr, Field, Flag, Number, Query, Term, Text, evaluate};
use heapview_analysis::selection::Selection;
use heapview_snapshot::{Address, ObjectIx};
use heapview_testkit::{Held, Sketch};
use opened::{at, numbers, open};
use proptest::prelude::*;

fn parsed(text: &str) -> String {
    text.parse::<Query>().unwrap_or_else(|error| panic!("{text}: {error}")).to_string()
}

#[test]
fn queries_have_one_canonical_text() {
    for (text, expected) in [
        ("type:dict", "type:dict"),
        ("dict", "type:dict"),
        ("type=dict", "type:dict"),
        ("  type:dict   retained > 10MB ", "type:dict retained>10MiB"),
        ("retained>=1.5kB", "retained>=1536"),
        ("retained>1_000 AND shallow<2GiB", "retained>1000 shallow<2GiB"),
        ("size:0", "shallow=0"),
        ("count!=3", "len!=3"),
        ("a or b c or not d", "type:a or type:b type:c or not type:d"),
        ("(a or b) c", "(type:a or type:b) type:c"),
        ("((a))", "type:a"),
        ("-(a b) -c", "not (type:a type:b) not type:c"),
        ("not not unreachable", "not not unreachable"),
        ("path:CACHE['a b'][*].x", "path:\"CACHE['a b'][*].x\""),
        ("path:f(a).b", "path:\"f(a).b\""),
        ("preview~\"say \\\"hi\\\" \\\\\"", "preview~\"say \\\"hi\\\" \\\\\""),
        ("preview:'it\\'s'", "preview:\"it's\""),
        ("@1A2b 0x7F00", "@1a2b 0x7f00"),
        ("id:1a2b", "@1a2b"),
        ("site:app.py:12", "site:\"app.py:12\""),
        ("type:or", "type:or"),
        ("generation=2 tracked", "generation=2 tracked"),
    ] {
        assert_eq!(parsed(text), expected, "{text}");
        assert_eq!(parsed(expected), expected);
    }
}

#[test]
fn bad_queries_are_explained() {
    for (text, marked, message) in [
        ("", "", "expected a term such as type:dict or retained>10MB, found the end of the query"),
        ("type:", "", "expected a text after type, found the end of the query"),
        ("type:dict )", ")", "expected a term, found a ) that closes nothing"),
        ("(type:dict", "(", "expected a ) for this (, found the end of the query"),
        ("tpye:dict", "tpye", "expected a field, found tpye; did you mean type:?"),
        ("retaind>10MB", "retaind", "expected a field, found retaind; did you mean retained>?"),
        (
            "unreachble",
            "unreachble",
            "expected a flag, or type:unreachble for objects of that type, found unreachble; did you mean unreachable?",
        ),
        ("retained>10XB", "10XB", "expected a unit (B, kB, MB, GB, TB; all binary), found XB"),
        ("retained>big", "big", "expected a size such as 10MB, found big"),
        ("refcount>10MB", "10MB", "expected a number such as 1000, found 10MB"),
        ("type>dict", ">", "expected : or ~ after type, which is a text, found >"),
        ("retained~5", "~", "expected > >= < <= = or != after retained, which is a number, found ~"),
        ("retained", "", "expected a comparison such as retained>10MB, found nothing after retained"),
        (
            "reachable:yes",
            ":",
            "expected nothing after reachable, which is so or not, found :; did you mean reachable?",
        ),
        ("a or", "", "expected a term such as type:dict or retained>10MB, found the end of the query"),
        ("preview~\"SELECT", "\"SELECT", "expected \" at the end of the text, found the end of the query"),
        ("CACHE[5]", "CACHE[5]", "expected a term, found the path CACHE[5]; did you mean path:CACHE[5]?"),
        ("@xyz", "@xyz", "expected an object id such as @1a2b, found @xyz"),
        (
            "retained>99999999999999999999",
            "99999999999999999999",
            "expected a size such as 10MB, found 99999999999999999999",
        ),
    ] {
        let error = text.parse::<Query>().expect_err(text);
        assert_eq!(error.to_string(), message);
        assert_eq!(&text[error.span.clone()], marked, "{text}");
    }
    let deep = format!("{}dict{}", "(".repeat(1000), ")".repeat(1000));
    assert!(deep.parse::<Query>().unwrap_err().message.contains("at most 64 nested"));
    assert!(format!("{}dict", "-".repeat(100_000)).parse::<Query>().is_err());
}

/// `CACHE` holds two sessions, `LOG` a list of texts, and nothing holds object 40.
fn heap() -> Heap {
    let mut sketch = Sketch::new(&[("CACHE", 10), ("LOG", 20)]);
    sketch
        .object(10, "dict", 232, &[Held::Key("user-1", 11), Held::Key("user-2", 12)])
        .object(11, "app.models.Session", 48, &[Held::Dict(13)])
        .object(12, "app.models.Session", 48, &[Held::Attribute("history", 14)])
        .object(13, "dict", 104, &[Held::Key("history", 15)])
        .object(14, "list", 1_000, &[Held::Item(0, 21)])
        .object(15, "list", 2_000_000, &[])
        .object(20, "list", 88, &[Held::Item(0, 21), Held::Item(1, 22)])
        .object(21, "str", 80, &[])
        .preview(21, "SELECT 1", false)
        .object(22, "str", 500, &[])
        .preview(22, "SELECT * FROM t", true)
        .object(40, "list", 56, &[Held::Item(0, 40)]);
    open(&sketch)
}

fn found(heap: &Heap, query: &str) -> Vec<u64> {
    let query: Query = query.parse().unwrap();
    let matches = evaluate(heap, &query, None);
    numbers(heap, &matches.selection.objects)
}

#[test]
fn each_term_holds_for_what_it_says() {
    let heap = heap();
    for (query, expected) in [
        ("type:Session", &[11, 12][..]),
        ("type:app.models.Session", &[11, 12]),
        ("type:app.*", &[11, 12]),
        ("type~models", &[11, 12]),
        ("module:app", &[11, 12]),
        ("module:app.models", &[11, 12]),
        ("module:app.mod", &[]),
        ("list retained>1MB", &[15]),
        ("list shallow<=88", &[20, 40]),
        ("list len=0", &[15]),
        ("dict len:2 -path:__main__*", &[10]),
        ("str len=8", &[21]),
        ("str referrers=2 preview~S", &[21]),
        ("list referrer:Session", &[14, 15]),
        ("referrer:app.models.Session type:dict", &[13]),
        ("referent:list", &[0, 1, 11, 12, 13, 40]),
        ("referent:str type:list", &[14, 20]),
        ("dominator:Session not str", &[13, 14, 15]),
        ("path:\"CACHE[*]\"", &[11, 12]),
        ("path:\"CACHE[*].history\"", &[14]),
        // The snapshot does not hold the class: only its dict's entry can be vouched for.
        ("path:\"CACHE[*].__dict__['history']\"", &[15]),
        ("path:\"CACHE['user-2']*\"", &[12, 14]),
        ("path:CACHE[\"user-2\"].history", &[14]),
        ("path:LOG[1]", &[22]),
        ("list path~history", &[14, 15]),
        ("preview~SELECT", &[21, 22]),
        ("preview:\"SELECT 1\"", &[21]),
        // Cut: it cannot be known to be the whole text.
        ("preview:\"SELECT * FROM t\"", &[]),
        ("unreachable", &[40]),
        ("list reachable", &[14, 15, 20]),
        ("root", &[0]),
        ("list generation=2 tracked not immortal not synthetic", &[14, 15, 20, 40]),
        ("generation=0", &[]),
        ("Session or type:module or unreachable", &[0, 11, 12, 40]),
        ("Session (path~user-1 or len>5)", &[11]),
        ("site:app.py:1", &[]),
    ] {
        assert_eq!(found(&heap, query), expected, "{query}");
    }
    assert_eq!(
        found(&heap, &format!("{} or {}", at(&heap, 20), heap.snapshot().address(at(&heap, 22)))),
        [20, 22]
    );
}

#[test]
fn a_set_is_filtered_in_its_own_order() {
    let heap = heap();
    let within = Selection { objects: [22, 14, 20, 15].map(|number| at(&heap, number)).to_vec() };
    let query: Query = "type:list".parse().unwrap();
    let matches = evaluate(&heap, &query, Some(&within));
    assert_eq!(matches.selection.objects, [14, 20, 15].map(|number| at(&heap, number)));
    let all = evaluate(&heap, &query, None).selection.objects;
    assert!(all.is_sorted_by_key(|object| std::cmp::Reverse(heap.retained_size(*object))));
}

#[test]
fn names_that_the_snapshot_does_not_know_are_noted() {
    let heap = heap();
    let notes = |query: &str| evaluate(&heap, &query.parse().unwrap(), None).notes;
    assert_eq!(notes("type:Sesion"), ["no type is called 'Sesion' in this snapshot; did you mean Session?"]);
    assert_eq!(notes("list or referrer:Nothing"), ["no type is called 'Nothing' in this snapshot"]);
    assert_eq!(notes("@fffff").len(), 1);
    assert!(notes("site:app.py")[0].starts_with("no allocation was traced"));
    assert!(notes("type:list").is_empty());
}

fn term() -> impl Strategy<Value = Expr> {
    fn one<T: Copy + std::fmt::Debug>(all: &'static [T]) -> impl Strategy<Value = T> {
        proptest::sample::select(all)
    }
    let comparisons = [
        Comparison::Greater,
        Comparison::AtLeast,
        Comparison::Less,
        Comparison::AtMost,
        Comparison::Equal,
        Comparison::Unequal,
    ];
    prop_oneof![
        (one(Field::ALL), ".{1,12}", any::<bool>())
            .prop_map(|(field, text, contains)| Term::Text(field, Text { text, contains })),
        (one(Number::ALL), proptest::sample::select(comparisons.to_vec()), any::<u64>())
            .prop_map(|(number, comparison, value)| Term::Number(number, comparison, value)),
        one(Flag::ALL).prop_map(Term::Flag),
        any::<u32>().prop_map(|id| Term::Id(ObjectIx::new(id))),
        any::<u64>().prop_map(|address| Term::Address(Address::new(address))),
    ]
    .prop_map(Expr::Term)
}

fn expr() -> impl Strategy<Value = Expr> {
    term().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| Expr::Not(Box::new(inner))),
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Expr::All),
            proptest::collection::vec(inner, 2..4).prop_map(Expr::Any),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_text_of_a_query_parses_to_it(expr in expr()) {
        let query = Query { expr };
        prop_assert_eq!(query.to_string().parse::<Query>(), Ok(query));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,40}") {
        if let Err(error) = text.parse::<Query>() {
            prop_assert!(text.get(error.span).is_some());
        }
    }

    #[test]
    fn nor_does_nonsense_of_its_own_words(words in proptest::collection::vec(
        proptest::sample::select(vec![
            "type", ":", "~", ">", ">=", "(", ")", "-", "not", "or", "and", "retained", "10MB", "\"", "'", "[", "]",
            " ", "é", "@1", "0x", "path", "*", "unreachable", "\\",
        ]), 0..14)) {
        let text = words.concat();
        match text.parse::<Query>() {
            Ok(query) => prop_assert_eq!(query.to_string().parse::<Query>(), Ok(query)),
            Err(error) => prop_assert!(text.get(error.span).is_some()),
        }
    }
}
