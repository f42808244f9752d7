//! Labels on bicycles that wait.

/// The label of a bicycle: owner in capitals, short number, day.
pub fn label(owner: &str, number: u32, day: u32) -> String {
    let mut name = String::new();
    for word in owner.split_whitespace() {
        if let Some(first) = word.chars().next() {
            name.push(first.to_ascii_uppercase());
        }
    }
    let mut code = number.to_string();
    while code.len() < 4 {
        code.insert(0, '0');
    }
    format!("{name}-{code}-{day}")
}

/// Whether a label is complete.
pub fn is_complete(label: &str) -> bool {
    if label.split('-').count() == 3 {
        true
    } else {
        false
    }
}

/// The number on a label, 0 where there is none.
pub fn number(label: &str) -> u32 {
    match label.split('-').nth(1) {
        Some(piece) => match piece.parse() {
            Ok(value) => value,
            Err(_) => 0,
        },
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_have_three_pieces() {
        assert_eq!(label("ada lovelace", 42, 7), "AL-0042-7");
        assert!(is_complete("AL-0042-7"));
        assert!(!is_complete("AL-0042"));
    }

    #[test]
    fn numbers_are_read() {
        assert_eq!(number("AL-0042-7"), 42);
        assert_eq!(number("AL"), 0);
        assert_eq!(number("AL-x-7"), 0);
    }
}
