//! Journeys of those who keep something: marks on objects, tables in files.

use std::fs;

use heapview_tui::screens::Screen;

use crate::busy_heap::busy;
use crate::heap;
use crate::pilot::Pilot;

#[test]
fn marked_objects_are_listed() {
    let mut pilot = Pilot::on(&heap::notebook(), 100, 30);
    pilot.keys("M");
    assert!(pilot.screen().contains("nothing is marked"));
    pilot.keys("down m down m 3 M");
    let Screen::Objects(objects) = pilot.shown() else { panic!("it will list the marked objects") };
    assert_eq!(objects.objects().map(<[_]>::len), Some(2));
    insta::assert_snapshot!("marked", pilot.screen());
    pilot.keys("m");
    let Screen::Objects(objects) = pilot.shown() else { panic!("it will stay") };
    assert_eq!(objects.objects().map(<[_]>::len), Some(1), "it will no longer be marked");
}

#[test]
fn marked_objects_have_a_sign_in_every_list() {
    let mut pilot = Pilot::on(&heap::notebook(), 100, 30);
    pilot.keys("m");
    for keys in ["1", "1 d", "1 p enter", "1 t", "0", "M"] {
        pilot.keys(keys);
        let screen = pilot.screen();
        assert!(screen.contains("* numpy.ndarray"), "after {keys}:\n{screen}");
    }
    pilot.keys("1 m");
    assert!(!pilot.screen().contains("* numpy"), "the sign will go with the mark");
}

/// Presses `e`, and types the name of a file in the folder of the snapshot.
fn export(pilot: &mut Pilot, file: &heap::File, name: &str) -> std::path::PathBuf {
    let path = file.folder.path().join(name);
    pilot.keys("e");
    pilot.type_text(&path.to_string_lossy());
    pilot.keys("enter");
    path
}

#[test]
fn tables_are_written_as_csv_and_json() {
    let file = busy(3);
    let mut pilot = Pilot::on(&file, 100, 30);
    pilot.keys("7");
    let path = export(&mut pilot, &file, "savings.csv");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("saves,objects,what,where,object id\r\n768,12,empty dicts,rows[*],@"), "{text}");
    assert!(pilot.screen().contains("wrote 3 rows"), "{}", pilot.screen());
    pilot.keys("2");
    let path = export(&mut pilot, &file, "types.csv");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("type,n_objects,shallow_size,retained_size_at_least\r\n"), "{text}");
    pilot.keys("enter");
    let path = export(&mut pilot, &file, "objects.json");
    let rows: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let Screen::Objects(objects) = pilot.shown() else { panic!("it will still list objects") };
    assert_eq!(rows.as_array().map(Vec::len), objects.objects().map(<[_]>::len));
    assert_eq!(rows[0]["id"], objects.row(0).unwrap().to_string());
}

#[test]
fn no_file_is_written_over_unasked() {
    let file = busy(3);
    let mut pilot = Pilot::on(&file, 60, 15);
    fs::write(file.folder.path().join("types.csv"), "precious").unwrap();
    pilot.keys("2");
    let path = export(&mut pilot, &file, "types.csv");
    assert!(pilot.screen().contains("the file exists; Enter again writes over it"), "{}", pilot.screen());
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    pilot.keys("enter");
    assert!(fs::read_to_string(&path).unwrap().starts_with("type,n_objects,"));
    pilot.keys("e");
    pilot.type_text("types.txt");
    pilot.keys("enter");
    insta::assert_snapshot!("small_export", pilot.screen());
}

#[test]
fn the_tree_an_object_and_its_paths_are_written_too() {
    let file = heap::notebook();
    let mut pilot = Pilot::on(&file, 100, 30);
    let mut lines = |keys: &str, name: &str| -> Vec<String> {
        pilot.keys(keys);
        let path = export(&mut pilot, &file, name);
        fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
    };
    let tree = lines("d", "tree.csv");
    assert_eq!(tree[0], "depth,id,type,value,shallow,retained");
    assert!(tree.iter().any(|line| line.starts_with("2,@") && line.contains("numpy.ndarray")), "{tree:?}");
    let referrers = lines("o", "referrers.csv");
    assert_eq!(referrers[0], "reference,id,type,value,shallow,retained");
    assert!(referrers.iter().any(|line| line.starts_with("[5],@")), "{referrers:?}");
    let referents = lines("right", "referents.csv");
    assert_eq!(referents.len(), 2, "the array holds its buffer: {referents:?}");
    let paths = lines("p", "paths.csv");
    assert!(paths[0] == "path,also,root,references" && paths[1].starts_with("Out[5],"), "{paths:?}");
    let steps = lines("enter", "steps.csv");
    assert!(steps[1].starts_with("module __main__,@") && steps.len() == 5, "{steps:?}");
}
