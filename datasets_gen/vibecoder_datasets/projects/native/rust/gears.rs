//! Gears and what they do to speed.

/// How hard a terrain is to ride, from 1 to 5.
pub fn effort(terrain: &str) -> u32 {
    if terrain == "road" {
        1
    } else if terrain == "gravel" {
        2
    } else if terrain == "forest" {
        4
    } else if terrain == "sand" {
        5
    } else {
        3
    }
}

/// Kilometres an hour at a cadence, for a wheel of 2.1 metres.
pub fn speed(front: u32, rear: u32, cadence: u32) -> f64 {
    let t = front as f64 / rear as f64;
    t * cadence as f64 * 2.1 * 60.0 / 1000.0
}

/// Whether front and rear cross the chain too far.
pub fn is_crossed(front: u32, rear: u32) -> bool {
    if front == 1 && rear == 1 {
        return true;
    }
    if front == 3 && rear == 8 {
        return true;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sand_is_hardest() {
        assert_eq!(effort("sand"), 5);
        assert_eq!(effort("road"), 1);
        assert_eq!(effort("moon"), 3);
    }

    #[test]
    fn speed_in_kilometres() {
        assert!((speed(50, 25, 100) - 25.2).abs() < 1e-9);
    }

    #[test]
    fn crossed_chains() {
        assert!(is_crossed(1, 1));
        assert!(is_crossed(3, 8));
        assert!(!is_crossed(2, 4));
    }
}
