//! Takes the terminal over and panics: `tests/terminal.rs` looks at what is left of the terminal.

use heapview_tui::terminal::Terminal;

fn main() -> std::io::Result<()> {
    let mut terminal = Terminal::take()?;
    terminal.draw(|_| panic!("the reason of the panic"))
}
