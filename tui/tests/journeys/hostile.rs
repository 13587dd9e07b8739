//! Names that would act on a terminal: no screen, prompt or file shows them as they are.

use heapview_analysis::is_unseen;
use heapview_snapshot::{
    EdgeKind, Ledger, Meta, ObjectFlags, ObjectRecord, Package, Resident, Root, RootKind, SiteFrame, TypeRow,
};
use heapview_tui::message::Message;
use heapview_tui::view::Theme;

use crate::busy_heap::run;
use crate::heap::{File, Held, Sketch, address};
use crate::pilot::Pilot;

/// One of each kind: escape sequences, C1, DEL, line ends, overrides, isolates, tags, separators, what has no width,
/// fillers, marks that stack up.
const NAME: &str = "evil\u{1b}[2J\u{7}\u{9b}31m\u{7f}\n\r\t\u{202e}\u{2066}\u{e0041}\u{2028}\u{200b}\u{feff}\u{ad}\u{3164}\u{fe0f}o\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}";
const TYPE: &str = "evil\u{1b}[2J.\u{202e}Type\n\u{9b}\u{3164}\u{e0041}\u{2028}";
const FORMULA: &str = "=HYPERLINK(\"http://evil\")\u{202e}";

fn hostile() -> File {
    let folder = tempfile::tempdir().unwrap();
    let mut sketch = Sketch::new(&folder);
    sketch.writer.ledger(&Ledger {
        python: NAME.into(),
        system: NAME.into(),
        argv: Some(vec![NAME.into(), NAME.into()]),
        resident: Resident { rss: Some(96 << 20), ..Resident::default() },
        packages: vec![Package { name: NAME.into(), version: NAME.into() }],
        ..Ledger::default()
    });
    frames(&mut sketch);
    sketch.object(0, "module", 72, Some("__main__"), &[Held::Dict(1)]);
    let names = [Held::Key(NAME, 300, 2), Held::Key("names", 301, 3), Held::Key("rows", 302, 4)];
    sketch.object(1, "dict", 232, None, &names);
    sketch.object(2, TYPE, 40 << 20, Some(NAME), &[Held::Attribute(NAME, 5)]);
    let texts: Vec<_> = (0..20).map(|at| Held::Item(at, 100 + u64::from(at))).collect();
    sketch.object(3, "list", 216, None, &texts);
    for at in 0..20 {
        sketch.object(100 + at, "str", 62, Some(if at % 2 == 0 { NAME } else { FORMULA }), &[]);
    }
    let dicts: Vec<_> = (0..12).map(|at| Held::Item(at, 150 + u64::from(at))).collect();
    sketch.object(4, "list", 152, None, &dicts);
    for at in 0..12 {
        sketch.object(150 + at, "dict", 64, None, &[]);
    }
    // Two that hold each other, and two that nothing else holds.
    for (number, other) in [(5, 6), (6, 5), (30, 31), (31, 30)] {
        sketch.n_referrers.insert(number, if number == 5 { 2 } else { 1 });
        sketch.object(number, TYPE, 4 << 20, None, &[Held::Attribute(NAME, other)]);
    }
    let frames = [SiteFrame { file: sketch.writer.intern(NAME), line: 12 }];
    let site = sketch.writer.add_site(&frames);
    (0..sketch.writer.n_objects()).for_each(|_| sketch.writer.object_site(Some(site)));
    let main = sketch.writer.intern("__main__");
    sketch.writer.root(Root::new(RootKind::Module, address(0), main));
    let text = || NAME.to_owned();
    let meta = Meta {
        heapview_version: text(),
        python_version: text(),
        platform: text(),
        executable: text(),
        previews: text(),
        warnings: vec![text(), text()],
        ..Meta::default()
    };
    sketch.writer.finish(meta).unwrap();
    File { folder }
}

fn frames(sketch: &mut Sketch) {
    let type_ix = sketch.writer.add_type(&TypeRow::named("builtins", "frame", address(4_096)));
    for number in [40, 41] {
        let name = sketch.writer.intern(NAME).get();
        sketch.writer.edge(EdgeKind::Local, name, address(3));
        *sketch.n_referrers.entry(3).or_default() += 1;
        sketch.writer.object(&ObjectRecord {
            address: address(number),
            type_ix,
            shallow_size: 120,
            refcount: 1,
            flags: ObjectFlags::TRACKED,
            preview: None,
        });
        run(sketch, number, (NAME, NAME, 1), (1, NAME));
    }
}

/// Looks at every cell of the screen; returns how many escapes it shows.
fn look(pilot: &mut Pilot, after: &str) -> usize {
    for ascii in [false, true] {
        let buffer = pilot.buffer(Theme { colour: true, ascii });
        for cell in buffer.content() {
            let unseen = cell.symbol().chars().find(|character| is_unseen(*character));
            assert_eq!(unseen, None, "after {after}");
            let n_marks = cell.symbol().chars().filter(|character| *character == '\u{301}').count();
            assert!(n_marks <= 8, "after {after}");
        }
    }
    pilot.screen().matches("\\x1b[2J").count()
}

#[test]
fn no_screen_shows_a_name_that_acts_on_the_terminal() {
    let (file, before) = (hostile(), crate::heap::notebook());
    for (width, height) in [(60, 15), (100, 30), (200, 50)] {
        let mut pilot = Pilot::comparing(&before, &file, width, height);
        let mut n_screens = 0;
        for keys in [
            "1",
            "down enter",
            "o",
            "right",
            "p",
            "right",
            "enter",
            "d",
            "right right",
            "2",
            "s s",
            "enter",
            "s",
            "2 b",
            "enter",
            "2 b b",
            "3",
            "right down right",
            "4",
            "5",
            "6",
            "enter",
            "6 p",
            "7",
            "enter",
            "8",
            "enter",
            "8 end",
            "9",
            "enter",
            "0",
            "enter",
            "1 m M",
            "w",
            "esc ?",
            "esc",
        ] {
            pilot.keys(keys);
            n_screens += usize::from(look(&mut pilot, keys) > 0);
        }
        assert!(n_screens >= 20, "only {n_screens} screens of {width}x{height} showed a name");
    }
}

#[test]
fn what_is_typed_and_what_went_wrong_is_shown_as_escapes() {
    let file = hostile();
    let mut pilot = Pilot::on(&file, 100, 30);
    pilot.keys("/");
    pilot.type_text("type:\u{202e}\u{9b}evil\u{3164} retained>\u{e0041}");
    look(&mut pilot, "typing");
    assert!(pilot.screen().contains("\\u202e\\x9bevil"), "{}", pilot.screen());
    pilot.keys("enter");
    look(&mut pilot, "asking");
    pilot.keys("esc esc 2 e");
    pilot.type_text("/no/such/\u{202e}\u{9b}evil.csv");
    pilot.keys("enter");
    look(&mut pilot, "writing");
    assert!(pilot.screen().contains("\\u202e\\x9bevil"), "{}", pilot.screen());

    let mut pilot = Pilot::loading(100, 30);
    look(&mut pilot, "loading");
    pilot.send(Message::NotOpened(format!("{NAME}: no snapshot")));
    assert!(look(&mut pilot, "failing") > 0);
}

/// Commas in quotes belong to a field.
fn n_fields(line: &str) -> usize {
    let is_outside = |(place, part): (usize, &str)| (place % 2 == 0).then(|| part.matches(',').count());
    1 + line.split('"').enumerate().filter_map(is_outside).sum::<usize>()
}

#[test]
fn files_hold_no_name_that_acts_on_a_terminal_or_a_spreadsheet() {
    let file = hostile();
    let mut pilot = Pilot::on(&file, 100, 30);
    let mut n_files = 0;
    for keys in ["1", "2", "2 b", "2 b b", "3", "6", "7", "8", "0", "1 o", "right", "1 p", "right"] {
        pilot.keys(keys);
        for ending in ["csv", "json"] {
            let path = file.folder.path().join(format!("table{n_files}.{ending}"));
            pilot.keys("e");
            pilot.type_text(path.to_str().unwrap());
            pilot.keys("enter");
            let written = std::fs::read_to_string(&path).unwrap();
            let unseen =
                written.chars().find(|character| is_unseen(*character) && !"\r\n".contains(*character));
            assert_eq!(unseen, None, "{keys}: {written}");
            if ending == "csv" {
                let is_formula = |field: &str| field.starts_with('=') || field.starts_with("\"=");
                let n_titles = n_fields(written.lines().next().unwrap());
                for line in written.lines() {
                    assert!(!line.split(',').any(is_formula), "{line}");
                    assert_eq!(n_fields(line), n_titles, "a row was broken: {line}");
                }
            } else {
                serde_json::from_str::<serde_json::Value>(&written).unwrap();
            }
            n_files += 1;
        }
    }
    let texts = std::fs::read_to_string(file.folder.path().join("table12.csv")).unwrap();
    assert!(texts.contains("\\x1b[2J") && texts.contains("'=HYPERLINK"), "{texts}");
}
