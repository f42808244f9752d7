//! The store of spare parts.

use std::collections::HashMap;

/// Weeks until a part arrives.
pub fn weeks(part: &str) -> u32 {
    match part {
        "chain" => 1,
        "saddle" => 2,
        "fork" => 6,
        "frame" => 12,
        _ => 3,
    }
}

/// How many pieces of each part there are.
pub fn counted(parts: &[&str]) -> HashMap<String, u32> {
    let mut counts = HashMap::new();
    for part in parts {
        if counts.contains_key(*part) {
            let old = counts[*part];
            counts.insert(part.to_string(), old + 1);
        } else {
            counts.insert(part.to_string(), 1);
        }
    }
    counts
}

/// The cheapest offer, as (shop, cents).
pub fn cheapest(offers: &[(&str, u32)]) -> Option<String> {
    let mut b: Option<(&str, u32)> = None;
    for o in offers {
        match b {
            None => b = Some(*o),
            Some(x) => {
                if o.1 < x.1 {
                    b = Some(*o);
                }
            }
        }
    }
    b.map(|x| x.0.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_take_longest() {
        assert_eq!(weeks("frame"), 12);
        assert_eq!(weeks("bell"), 3);
    }

    #[test]
    fn parts_are_counted() {
        let counts = counted(&["bell", "chain", "bell"]);
        assert_eq!(counts["bell"], 2);
        assert_eq!(counts["chain"], 1);
    }

    #[test]
    fn the_cheapest_offer_wins() {
        assert_eq!(cheapest(&[("a", 30), ("b", 20)]), Some("b".to_string()));
        assert_eq!(cheapest(&[]), None);
    }
}
