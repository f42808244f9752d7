//! Wheels: spokes and truing.

/// A report on a wheel: the worst deviation in tenths of a millimetre and what to do.
pub fn report(deviations: &[i32]) -> String {
    let mut worst = 0;
    for value in deviations {
        if value.abs() > worst {
            worst = value.abs();
        }
    }
    let advice = if worst < 5 {
        "leave it"
    } else if worst < 15 {
        "true it"
    } else {
        "rebuild it"
    };
    format!("{worst}: {advice}")
}

/// The length of a spoke pattern: crossings by spoke count.
pub fn crossings(spokes: u32) -> u32 {
    if spokes == 36 {
        return 3;
    }
    if spokes == 32 {
        return 3;
    }
    if spokes == 28 {
        return 2;
    }
    1
}

/// The sum of the tensions on one side.
pub fn side_tension(tensions: &[u32], right: bool) -> u32 {
    let mut sum = 0;
    let mut i = 0;
    while i < tensions.len() {
        if right && i % 2 == 0 {
            sum = sum + tensions[i];
        }
        if !right && i % 2 == 1 {
            sum = sum + tensions[i];
        }
        i = i + 1;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_wheels_are_rebuilt() {
        assert_eq!(report(&[1, -3]), "3: leave it");
        assert_eq!(report(&[-8]), "8: true it");
        assert_eq!(report(&[20]), "20: rebuild it");
    }

    #[test]
    fn crossings_by_spokes() {
        assert_eq!(crossings(36), 3);
        assert_eq!(crossings(28), 2);
        assert_eq!(crossings(20), 1);
    }

    #[test]
    fn tension_by_side() {
        assert_eq!(side_tension(&[10, 1, 20, 2], true), 30);
        assert_eq!(side_tension(&[10, 1, 20, 2], false), 3);
    }
}
