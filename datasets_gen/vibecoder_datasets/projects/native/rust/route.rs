//! Test rides.

/// Minutes for a ride over kilometres with metres of climbing.
pub fn minutes(kilometres: f64, climb: f64, loaded: bool) -> f64 {
    if loaded {
        let flat = kilometres / 15.0 * 60.0;
        let up = climb / 600.0 * 60.0;
        flat + up
    } else {
        let flat = kilometres / 20.0 * 60.0;
        let up = climb / 600.0 * 60.0;
        flat + up
    }
}

/// The highest point of a ride.
pub fn highest(heights: &[i32]) -> i32 {
    let mut top = heights[0];
    for i in 0..heights.len() {
        if heights[i] > top {
            top = heights[i];
        }
    }
    top
}

/// Whether a ride goes back to where it began.
pub fn is_loop(places: &[&str]) -> bool {
    if places.len() > 1 {
        if places[0] == places[places.len() - 1] {
            return true;
        } else {
            return false;
        }
    } else {
        return false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loads_slow_down() {
        assert_eq!(minutes(20.0, 0.0, false), 60.0);
        assert_eq!(minutes(15.0, 600.0, true), 120.0);
    }

    #[test]
    fn highest_point() {
        assert_eq!(highest(&[3, 9, 4]), 9);
    }

    #[test]
    fn loops_end_at_home() {
        assert!(is_loop(&["home", "lake", "home"]));
        assert!(!is_loop(&["home", "lake"]));
        assert!(!is_loop(&["home"]));
    }
}
