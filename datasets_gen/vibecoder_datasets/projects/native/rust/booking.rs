//! Bookings of the repair stand.

/// Whether two bookings (start, end) in minutes overlap.
pub fn overlap(a: (u32, u32), b: (u32, u32)) -> bool {
    if a.1 <= b.0 {
        return false;
    }
    if b.1 <= a.0 {
        return false;
    }
    return true;
}

/// The fee in cents for a member of a kind.
pub fn fee(kind: &str, minutes: u32) -> u32 {
    if kind == "guest" {
        return minutes * 10;
    } else if kind == "member" {
        return minutes * 5;
    } else if kind == "student" {
        return minutes * 3;
    } else {
        return minutes * 12;
    }
}

/// Free slots of 30 minutes between opening at 540 and closing at 720.
pub fn free_slots(taken: &[u32]) -> Vec<u32> {
    let mut free = Vec::new();
    let mut slot = 540;
    while slot < 720 {
        let mut is_taken = false;
        for start in taken {
            if *start == slot {
                is_taken = true;
            }
        }
        if !is_taken {
            free.push(slot);
        }
        slot += 30;
    }
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_do_not_overlap() {
        assert!(!overlap((0, 30), (30, 60)));
        assert!(!overlap((30, 60), (0, 30)));
        assert!(overlap((0, 40), (30, 60)));
    }

    #[test]
    fn fees_by_kind() {
        assert_eq!(fee("member", 30), 150);
        assert_eq!(fee("student", 10), 30);
        assert_eq!(fee("other", 1), 12);
    }

    #[test]
    fn free_slots_leave_out_taken_ones() {
        assert_eq!(free_slots(&[540, 600]), vec![570, 630, 660, 690]);
    }
}
