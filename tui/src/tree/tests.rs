//! The tree drawn as text after each step.

use super::*;

const WINDOW: usize = 50;

/// Rows below object `n`: a hub has 500, an even number the two next ones, an odd number itself and 0.
fn rows_below(object: Option<ObjectIx>) -> Vec<ObjectIx> {
    let numbers: Vec<u32> = match object.map(ObjectIx::get) {
        None => vec![100, 2, 1],
        Some(100) => (1000..1500).collect(),
        Some(even) if even % 2 == 0 => vec![even + 1, even + 2],
        Some(odd) => vec![odd, 0],
    };
    numbers.into_iter().map(ObjectIx::new).collect()
}

fn answer(tree: &mut Tree<ObjectIx>) {
    while let Some((below, page)) = tree.wanted().map(|(below, page)| (below.copied(), page)) {
        tree.ask(Ticket::new(7));
        assert!(tree.waits_for(Ticket::new(7)));
        let rows = rows_below(below);
        let items: Vec<_> = rows[page.start.min(rows.len())..page.end.min(rows.len())]
            .iter()
            .map(|&item| Item { item, n_below: rows_below(Some(item)).len() })
            .collect();
        tree.accept(&items, rows.len(), WINDOW);
    }
}

fn drawn(tree: &Tree<ObjectIx>) -> Vec<String> {
    let lines = tree.lines().iter().enumerate().map(|(at, &line)| {
        let text = match line {
            Line::Row(row) => {
                let mark = if tree.repeats_ancestor(row) { " again" } else { "" };
                format!("{}{mark}", tree.item(row).map_or(0, |object| object.get()))
            }
            Line::More { n_rows, .. } => format!("... {n_rows} more"),
            Line::Waiting { .. } => "...".into(),
        };
        let mark = if at == tree.cursor().at { '>' } else { ' ' };
        format!("{mark}{}{text}", "  ".repeat(tree.line_depth(line)))
    });
    lines.collect()
}

fn tree() -> Tree<ObjectIx> {
    let mut tree = Tree::new();
    assert_eq!(drawn(&tree), [">..."]);
    answer(&mut tree);
    tree
}

#[test]
fn rows_open_and_close() {
    let mut tree = tree();
    assert_eq!(drawn(&tree), [">100", " 2", " 1"]);
    tree.step(Step::Down, WINDOW);
    tree.open_chosen(WINDOW);
    assert_eq!(drawn(&tree), [" 100", ">2", "   ...", " 1"]);
    answer(&mut tree);
    assert_eq!(drawn(&tree), [" 100", ">2", "   3", "   4", " 1"]);
    tree.open_chosen(WINDOW);
    assert_eq!(tree.chosen().copied(), Some(ObjectIx::new(3)));
    tree.close_chosen(WINDOW);
    assert_eq!(drawn(&tree), [" 100", ">2", "   3", "   4", " 1"]);
    tree.toggle_chosen(WINDOW);
    assert_eq!(drawn(&tree), [" 100", ">2", " 1"]);
}

#[test]
fn a_row_that_repeats_an_ancestor_is_marked() {
    let mut tree = tree();
    tree.step(Step::Last, WINDOW);
    tree.open_chosen(WINDOW);
    answer(&mut tree);
    assert_eq!(drawn(&tree), [" 100", " 2", ">1", "   1 again", "   0"]);
}

#[test]
fn a_hub_is_paged_and_says_how_much_is_missing() {
    let mut tree = tree();
    tree.open_chosen(WINDOW);
    answer(&mut tree);
    assert_eq!(tree.lines().len(), 3 + PAGE + 1);
    assert_eq!(drawn(&tree)[PAGE + 1], "   ... 300 more");
    for _ in 0..=PAGE {
        tree.step(Step::Down, WINDOW);
    }
    tree.open_chosen(WINDOW);
    answer(&mut tree);
    assert_eq!(tree.chosen().copied(), Some(ObjectIx::new(1000 + PAGE as u32)));
    assert_eq!(drawn(&tree)[2 * PAGE + 1], "   ... 100 more");
    tree.close_chosen(WINDOW);
    assert_eq!(tree.chosen().copied(), Some(ObjectIx::new(100)));
}

#[test]
fn rows_that_arrive_above_do_not_move_the_choice() {
    let mut tree = tree();
    tree.open_chosen(WINDOW);
    tree.step(Step::Last, WINDOW);
    assert_eq!(tree.chosen().copied(), Some(ObjectIx::new(1)));
    answer(&mut tree);
    assert_eq!(tree.chosen().copied(), Some(ObjectIx::new(1)));
}

#[test]
fn a_tree_opens_along_a_chain() {
    let link = |number, n_below| Item { item: ObjectIx::new(number), n_below };
    let mut tree = Tree::along(&[link(2, 2), link(4, 2)], 3, WINDOW);
    answer(&mut tree);
    assert_eq!(drawn(&tree), [" 2", ">  4", "     5", "     6", "   ... 1 more", " ... 2 more"]);
    tree.step(Step::Last, WINDOW);
    tree.open_chosen(WINDOW);
    answer(&mut tree);
    assert_eq!(drawn(&tree), [" 2", "   4", "     5", "     6", "   ... 1 more", ">100", " 1"]);
}

#[test]
fn an_answer_nobody_waits_for_changes_nothing() {
    let mut tree = tree();
    tree.accept(&[Item { item: ObjectIx::new(9), n_below: 0 }], 1, WINDOW);
    assert_eq!(drawn(&tree), [">100", " 2", " 1"]);
    tree.open_chosen(WINDOW);
    tree.ask(Ticket::new(1));
    assert!(!tree.waits_for(Ticket::new(2)));
    assert_eq!(tree.wanted(), None);
    tree.forget_asked();
    assert!(tree.wanted().is_some());
}
