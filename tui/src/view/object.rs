//! Draws one object: its facts above, its referrers and its referents below.

use heapview_analysis::Reference;
use heapview_render as render;

use crate::layout::{Focus, Panes, Room};
use crate::model::Ready;
use crate::paged::Paged;
use crate::screens::ObjectScreen;
use crate::text;
use crate::view::canvas::{Canvas, FACT_NAME, List, counted, left, right, span};

const SIZE: usize = 10;

pub fn view(screen: &ObjectScreen, ready: &Ready, body: Room, canvas: &mut Canvas<'_>) {
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
    let theme = canvas.theme;
    let object = screen.object;
    let shallow = render::size(ready.heap.shallow_size(object));
    let retained = ready.heap.retained_size(object);
    canvas.line(
        0,
        vec![
            span(" retained ", theme.dim()),
            span(render::size(retained), theme.strong()),
            span(format!(" ({})", render::percent(retained, ready.total_size)), theme.plain()),
            span("   shallow ", theme.dim()),
            span(shallow, theme.plain()),
            span("   refcount ", theme.dim()),
            span(render::count(u64::from(ready.heap.snapshot().refcount(object))), theme.plain()),
        ],
    );
    let path = match screen.facts() {
        None => "...",
        Some(facts) => facts.path.text(),
    };
    let dominator = match ready.heap.dominator(object) {
        Some(dominator) => render::object_label(&ready.heap, dominator),
        None => "none: no single object keeps it alive".to_owned(),
    };
    let preview = ready.heap.snapshot().preview(object).map(|preview| {
        let more = if preview.truncated { " ... (the dump kept no more)" } else { "" };
        format!("{}{more}", preview.text)
    });
    let address = ready.heap.snapshot().address(object).to_string();
    let path = text::fit_middle(path, canvas.width().saturating_sub(FACT_NAME + 1));
    let mut lines = vec![("path", path), ("dominator", dominator)];
    lines.extend(preview.map(|preview| ("preview", preview)));
    lines.push(("address", address));
    for (place, (name, text)) in lines.into_iter().enumerate() {
        canvas.fact(1 + place, name, &text);
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
            span(format!("  {}", left(&render::object_label(&ready.heap, other), room)), theme.plain()),
        ]
    });
}
