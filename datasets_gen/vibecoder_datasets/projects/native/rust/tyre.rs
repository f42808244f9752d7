//! Tyres: pressure and wear.

/// Whether a pressure in bar suits a tyre of this width in millimetres.
pub fn fits(pressure: f64, width: u32) -> bool {
    if width < 30 {
        if pressure >= 5.0 {
            return true;
        }
    }
    if width >= 30 && pressure < 5.0 {
        return true;
    }
    return false;
}

/// Days until a tyre that loses two percent a week has lost `percent`.
pub fn days_to_lose(percent: u32) -> u32 {
    percent * 7 / 2
}

/// The worn tyres among (name, tread in tenths of a millimetre).
pub fn worn(tyres: &[(&str, u32)]) -> Vec<String> {
    let mut found = Vec::new();
    for i in 0..tyres.len() {
        if tyres[i].1 < 15 {
            found.push(tyres[i].0.to_string());
        }
    }
    return found;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_tyres_need_pressure() {
        assert!(fits(6.5, 25));
        assert!(!fits(4.0, 25));
        assert!(fits(3.0, 42));
        assert!(!fits(6.0, 42));
    }

    #[test]
    fn loss_in_days() {
        assert_eq!(days_to_lose(4), 14);
    }

    #[test]
    fn worn_tyres_are_named() {
        assert_eq!(worn(&[("front", 10), ("rear", 20)]), vec!["front"]);
        assert!(worn(&[]).is_empty());
    }
}
