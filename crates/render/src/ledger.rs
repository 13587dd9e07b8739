//! The process ledger in words: who accounts for the memory, and facts of the process.

use heapview_analysis::quoted;
use heapview_analysis::summary::Breakdown;
use heapview_snapshot::{Collector, Ledger};

use crate::number::{count, percent, size};
use crate::printable::printable;
use crate::table::{Column, Table};

/// Characters shown of a command line.
const MAX_COMMAND_LEN: usize = 200;

/// One row for each number that could be had; the parts of the RSS come first.
pub fn memory_table(ledger: &Ledger, breakdown: &Breakdown) -> Table {
    let resident = &ledger.resident;
    let (malloc, pymalloc) = (ledger.malloc.as_ref(), ledger.pymalloc.as_ref());
    let rows = [
        ("resident (RSS)", resident.rss),
        ("- Python objects", Some(breakdown.objects_size)),
        ("- buffers they own", Some(breakdown.buffers_size)),
        ("- free in pymalloc", pymalloc.map(|pymalloc| pymalloc.free)),
        ("- free in malloc", malloc.map(|malloc| malloc.free)),
        ("- native: allocated by C libraries, at least", breakdown.native_size),
        ("- unexplained: code, stacks, mappings", breakdown.unexplained_size),
        ("proportional (PSS)", resident.pss),
        ("private dirty", resident.private_dirty),
        ("anonymous", resident.anonymous),
        ("swapped out", resident.swap),
        ("pymalloc arenas", pymalloc.map(|pymalloc| pymalloc.arenas)),
        ("pymalloc in use", pymalloc.map(|pymalloc| pymalloc.in_use)),
        ("malloc in use", malloc.map(|malloc| malloc.in_use)),
        ("malloc in mappings of their own", malloc.map(|malloc| malloc.mmapped)),
    ];
    let mut table =
        Table::new([Column::right("size"), Column::right("of RSS"), Column::left("memory of the process")]);
    for (name, bytes) in rows {
        if let Some(bytes) = bytes {
            table.rows.push(vec![size(bytes), percent(bytes, resident.rss.unwrap_or(0)), name.to_owned()]);
        }
    }
    table
}

/// Facts with their titles, in printable lines.
pub fn ledger_facts(ledger: &Ledger) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("python", printable(&ledger.python).into_owned()),
        ("system", printable(&ledger.system).into_owned()),
    ];
    if let Some(argv) = &ledger.argv {
        facts.push(("argv", command(argv)));
    }
    if let Some(n_threads) = ledger.n_threads {
        facts.push(("threads", count(n_threads)));
    }
    if let Some(collector) = &ledger.collector {
        facts.push(("gc", collector_state(collector)));
    }
    let packages: Vec<String> = ledger
        .packages
        .iter()
        .map(|package| format!("{} {}", printable(&package.name), printable(&package.version)))
        .collect();
    if !packages.is_empty() {
        facts.push(("packages", packages.join(", ")));
    }
    facts
}

/// `['train.py', '--epochs', '3']`, cut if it is long.
fn command(argv: &[String]) -> String {
    let mut line = String::from("[");
    for (place, argument) in argv.iter().enumerate() {
        let separator = if place == 0 { "" } else { ", " };
        if line.chars().count() > MAX_COMMAND_LEN {
            line.push_str(separator);
            line.push('…');
            break;
        }
        line.push_str(separator);
        if argument.chars().count() > MAX_COMMAND_LEN {
            let start: String = argument.chars().take(MAX_COMMAND_LEN).collect();
            let literal = quoted(&start);
            line.push_str(&literal[..literal.len() - 1]);
            line.push_str("…'");
        } else {
            line.push_str(&quoted(argument));
        }
    }
    line.push(']');
    line
}

fn collector_state(collector: &Collector) -> String {
    let numbers = |numbers: &[u64]| numbers.iter().map(|number| count(*number)).collect::<Vec<_>>().join("/");
    let total = |part: fn(&heapview_snapshot::Generation) -> u64| {
        count(collector.generations.iter().map(part).fold(0, u64::saturating_add))
    };
    format!(
        "{}, counts {} of {}, {} collections, {} objects collected, {} uncollectable",
        if collector.is_enabled { "on" } else { "off" },
        numbers(&collector.counts),
        numbers(&collector.thresholds),
        numbers(&collector.generations.iter().map(|generation| generation.collections).collect::<Vec<_>>()),
        total(|generation| generation.collected),
        total(|generation| generation.uncollectable),
    )
}

#[cfg(test)]
mod tests {
    use heapview_snapshot::{MallocSizes, Resident};

    use super::*;

    #[test]
    fn what_could_not_be_had_has_no_row() {
        let breakdown = Breakdown { objects_size: 1 << 20, ..Breakdown::default() };
        let table = memory_table(&Ledger::default(), &breakdown);
        let expected = [
            "   size  of RSS  memory of the process",
            "1.0 MiB       -  - Python objects",
            "    0 B       -  - buffers they own",
        ];
        assert_eq!(table.lines(None).lines, expected);

        let ledger = Ledger {
            resident: Resident { rss: Some(4 << 20), ..Resident::default() },
            malloc: Some(MallocSizes { in_use: 1 << 20, free: 1 << 19, mmapped: 0 }),
            ..Ledger::default()
        };
        let lines = memory_table(&ledger, &breakdown).lines(None).lines;
        assert_eq!(lines[1], "  4.0 MiB  100.0 %  resident (RSS)");
        assert_eq!(lines[4], "512.0 KiB   12.5 %  - free in malloc");
    }

    #[test]
    fn facts_are_printable_lines() {
        let ledger = Ledger {
            python: "3.12\x1b[31m".into(),
            argv: Some(vec!["it's\n".into(), "x".repeat(500), "y".into()]),
            ..Ledger::default()
        };
        let facts = ledger_facts(&ledger);
        assert_eq!(facts[0], ("python", "3.12\\x1b[31m".to_owned()));
        assert_eq!(facts[2].0, "argv");
        assert!(facts[2].1.starts_with("['it\\'s\\n', 'xxx"), "{}", facts[2].1);
        assert!(facts[2].1.ends_with("x…', …]"), "{}", facts[2].1);
    }
}
