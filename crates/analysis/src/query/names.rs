//! The word that may have been meant.

/// The word of `words` that is closest to `typed`, if any is close; capitals do not count.
pub(crate) fn closest<'a>(typed: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Long texts are no misspelt names, and the distance is quadratic.
    const MAX_LEN: usize = 64;
    let typed: Vec<char> = typed.chars().flat_map(char::to_lowercase).collect();
    if typed.len() < 2 || typed.len() > MAX_LEN {
        return None;
    }
    let most = if typed.len() < 4 { 1 } else { 2.max(typed.len() / 5) };
    words
        .into_iter()
        .filter(|word| word.len() <= 4 * MAX_LEN)
        .map(|word| (distance(&typed, &word.chars().flat_map(char::to_lowercase).collect::<Vec<_>>()), word))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// Characters to insert, delete, replace or swap with their neighbour. O(product of the lengths).
fn distance(one: &[char], other: &[char]) -> usize {
    if one.len().abs_diff(other.len()) > 12 {
        return usize::MAX;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for row in 1..=one.len() {
        let mut line = vec![row];
        for column in 1..=other.len() {
            let is_same = one[row - 1] == other[column - 1];
            let mut least =
                (above[column - 1] + usize::from(!is_same)).min(above[column] + 1).min(line[column - 1] + 1);
            if row > 1 && column > 1 && one[row - 1] == other[column - 2] && one[row - 2] == other[column - 1]
            {
                least = least.min(before[column - 2] + 1);
            }
            line.push(least);
        }
        before = std::mem::replace(&mut above, line);
    }
    above[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_words_are_recognised() {
        let words = ["retained", "type", "unreachable"];
        for (typed, expected) in [
            ("retianed", Some("retained")),
            ("tpye", Some("type")),
            ("unreachble", Some("unreachable")),
            ("Retained", Some("retained")),
            ("dict", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(closest(typed, words), expected, "{typed}");
        }
    }
}
