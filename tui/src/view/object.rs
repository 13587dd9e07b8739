//! Draws one object: its facts above, its referrers and its referents below.

use heapview_analysis::{Reference, quoted};
use heapview_render as render;
use heapview_snapshot::ObjectIx;

use crate::layout::{Focus, Panes, Room};
use crate::model::Ready;
use crate::paged::Paged;
use crate::screens::{ObjectScreen, Screen};
use crate::view::canvas::{Canvas, FACT_NAME, List, counted, left, right, span};
use crate::view::columns::object_name;
use heapview_render::text;

const SIZE: usize = 10;

pub(super) fn view(screen: &ObjectScreen, ready: &Ready, body: Room, canvas: &mut Canvas<'_>) {
    let (layout, panes) = screen.layout(body);
    facts(screen, ready, &mut canvas.part(0, 0, Room { width: body.width, height: layout.facts }));
    let mut canvas = canvas.part(0, layout.facts, layout.list);
    match panes {
        Panes::Beside { left: first, right: second } => {
            references(screen, ready, Focus::First, false, &mut canvas.part(0, 0, first));
            let theme = canvas.theme;
            for y in 0..usize::from(first.height) {
                canvas.part(first.width, 0, Room { width: 1, ..first }).text(y, theme.gap(), theme.dim());
            }
            references(screen, ready, Focus::Second, false, &mut canvas.part(first.width + 1, 0, second));
        }
        Panes::Stacked { upper, lower } => {
            references(screen, ready, Focus::First, false, &mut canvas.part(0, 0, upper));
            references(screen, ready, Focus::Second, false, &mut canvas.part(0, upper.height, lower));
        }
        Panes::One(_) => references(screen, ready, screen.focus, true, &mut canvas),
    }
}

fn facts(screen: &ObjectScreen, ready: &Ready, canvas: &mut Canvas<'_>) {
    let object = screen.object;
    let heap = &ready.heap;
    sizes(screen, ready, canvas);
    let path = match screen.facts() {
        None => "...",
        Some(facts) => &facts.path.text,
    };
    let dominator = match heap.dominator(object) {
        Some(dominator) => render::object_label(heap, dominator),
        None => "none: no single object keeps it alive".to_owned(),
    };
    let preview = heap.snapshot().preview(object).map(|preview| {
        let more = if preview.truncated { " ... (the dump kept no more)" } else { "" };
        let text =
            if heap.type_name(object) == "str" { quoted(preview.text) } else { preview.text.to_owned() };
        format!("{text}{more}")
    });
    let address = heap.snapshot().address(object).to_string();
    let path = text::fit_middle(path, canvas.width().saturating_sub(FACT_NAME + 1));
    let mut lines = vec![("path", path), ("dominator", dominator)];
    let source = screen.facts().and_then(|facts| facts.report.source.as_ref());
    let fit = |text: &str| text::fit_middle(text, canvas.width().saturating_sub(FACT_NAME + 1));
    lines.extend(source.map(|place| ("source", fit(&format!("{} in {}", place.call(), place.whole())))));
    let site = screen.facts().and_then(|facts| render::site_label(&facts.report.allocated_at));
    lines.extend(site.map(|site| ("allocated", format!("at {site}"))));
    lines.extend(preview.map(|preview| ("preview", preview)));
    lines.push(("address", address));
    for (place, (name, text)) in lines.into_iter().enumerate() {
        canvas.fact(1 + place, name, &text);
    }
}

/// The sizes and the reference count in one line; what has no room is left out, and said to be.
fn sizes(screen: &ObjectScreen, ready: &Ready, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let (heap, object) = (&ready.heap, screen.object);
    let retained = heap.retained_size(object);
    let share = render::percent(retained, ready.total_size);
    let refcount = match heap.snapshot().refcount(object) {
        _ if heap.snapshot().flags(object).is_immortal() => "immortal".to_owned(),
        refcount => render::count(u64::from(refcount)),
    };
    let mut facts = vec![
        ("retained", format!("{} ({share})", render::size(retained))),
        ("shallow", render::size(heap.shallow_size(object))),
        ("refcount", refcount),
    ];
    if let Some(facts_known) = screen.facts()
        && facts_known.report.external_size > 0
    {
        facts.insert(2, ("external", render::size(facts_known.report.external_size)));
    }
    let mut spans = Vec::new();
    let mut used = 0;
    for (name, text) in facts {
        let width = name.len() + text::width(&text) + 4;
        if used + width > canvas.width() {
            spans.push(span(" ...", theme.dim()));
            break;
        }
        used += width;
        spans.push(span(format!(" {name} "), theme.dim()));
        spans.push(span(format!("{text}  "), theme.strong()));
    }
    canvas.line(0, spans);
}

/// Said of objects that one would meet again: heaps have cycles.
fn repeated(ready: &Ready, screen: &ObjectScreen, object: ObjectIx) -> &'static str {
    let is_behind = |screen: &Screen| matches!(screen, Screen::Object(screen) if screen.object == object);
    if object == screen.object {
        " (itself)"
    } else if ready.history.behind().any(is_behind) {
        " (again: you came through it)"
    } else {
        ""
    }
}

/// One of the two lists; its title names the other one when only one is seen.
fn references(screen: &ObjectScreen, ready: &Ready, which: Focus, is_alone: bool, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let list = match which {
        Focus::First => screen.referrers(),
        Focus::Second => screen.referents(),
    };
    let total =
        |list: &Paged<Reference>, noun| list.total().map_or("...".into(), |total| counted(total, noun));
    let title = match which {
        Focus::First => format!("  {} (backrefs)", total(list, "referrer")),
        Focus::Second => format!("  {}", total(list, "referent")),
    };
    // Where only one list has room, its title tells of the other.
    let other = match which {
        _ if !is_alone => String::new(),
        Focus::First => format!("   {} {}", theme.towards_right(), total(screen.referents(), "referent")),
        Focus::Second => format!("   {} {}", theme.towards_left(), total(screen.referrers(), "referrer")),
    };
    let label_width = (canvas.width() / 3).clamp(8, 32);
    let titles = vec![
        span(right("retained", SIZE), theme.plain()),
        span(title, theme.strong()),
        span(other, theme.plain()),
    ];
    let shape =
        List { cursor: list.cursor(), n_rows: list.total().unwrap_or(0), has_focus: which == screen.focus };
    canvas.list(titles, shape, |at, width| {
        let Some(reference) = list.row(at) else { return vec![span("...", theme.dim())] };
        let other = match which {
            Focus::First => reference.from,
            Focus::Second => reference.to,
        };
        let room = width.saturating_sub(SIZE + label_width + 4);
        vec![
            span(right(&render::size(ready.heap.retained_size(other)), SIZE), theme.plain()),
            span(
                format!("  {}", left(&render::reference_label(&ready.heap, reference), label_width)),
                theme.plain(),
            ),
            span(
                format!("  {}", left(&(object_name(ready, other) + repeated(ready, screen, other)), room)),
                theme.plain(),
            ),
        ]
    });
}
