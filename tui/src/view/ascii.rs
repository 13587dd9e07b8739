//! For terminals without Unicode: whatever is left in the buffer that such a terminal cannot show.

use ratatui::buffer::Buffer;

/// Stands where something was cut out.
const CUT: &str = "~";
/// Stands for a character of somebody's text.
const UNKNOWN: &str = "?";

/// Replaces every symbol that is not ASCII by one that is.
pub(super) fn replace(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if cell.symbol().is_ascii() {
            continue;
        }
        let symbol = match cell.symbol() {
            "\u{2026}" => CUT,
            "\u{2190}" => "<",
            "\u{2191}" => "^",
            "\u{2192}" | "\u{2265}" => ">",
            "\u{2193}" => "v",
            _ => UNKNOWN,
        };
        cell.set_symbol(symbol);
    }
}
