//! Every screen in a small, a usual and a large terminal.

use crate::busy_heap::busy;
use crate::heap;
use crate::pilot::Pilot;

const SIZES: [(u16, u16); 3] = [(60, 15), (80, 24), (200, 50)];

#[test]
fn every_screen_fits_into_every_size() {
    for (width, height) in SIZES {
        let golden = |pilot: &mut Pilot, keys: &str, name: &str| {
            pilot.keys(keys);
            let screen = pilot.screen();
            insta::assert_snapshot!(format!("{name}_{width}x{height}"), screen);
            assert!(screen.lines().count() <= usize::from(height), "{screen}");
        };
        let mut pilot = Pilot::on(&heap::notebook(), width, height);
        golden(&mut pilot, "1", "overview");
        golden(&mut pilot, "p", "paths");
        golden(&mut pilot, "o", "object");
        golden(&mut pilot, "2", "histogram");
        golden(&mut pilot, "b b", "histogram_by_holder");
        golden(&mut pilot, "1 d", "dominators");
        golden(&mut pilot, "1 t", "objects");
        golden(&mut pilot, "?", "help");
        golden(&mut pilot, "esc 0", "suspects");
        let mut pilot = Pilot::comparing(&busy(3), &busy(40), width, height);
        golden(&mut pilot, "6", "cycles");
        golden(&mut pilot, "7", "savings");
        golden(&mut pilot, "8", "threads");
        golden(&mut pilot, "9", "diff");
    }
}

#[test]
fn the_notebook_story_takes_two_keys() {
    // Open, biggest object, paths, its name in the notebook: the first and the third are there without a key.
    for (width, height) in SIZES {
        let mut pilot = Pilot::on(&heap::notebook(), width, height);
        assert!(pilot.screen().contains("look first  Out[5]"), "{}", pilot.screen());
        pilot.keys("enter p");
        let screen = pilot.screen();
        assert!(screen.contains("Why is it alive?") && screen.contains(">Out[5]"), "{screen}");
        assert!(screen.contains("Out.clear()"), "it will say how to free it:\n{screen}");
    }
}
