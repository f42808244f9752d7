//! Invoices of the workshop, in cents.

/// The price of labour for minutes of work.
pub fn labour(minutes: u32) -> u32 {
    let mut sum = minutes * 80;
    if sum < 500 {
        sum = 500;
    }
    let tax = sum * 19 / 100;
    let rest = (sum + tax) % 5;
    if rest == 0 {
        sum + tax
    } else {
        sum + tax + 5 - rest
    }
}

/// The price of parts.
pub fn parts(prices: &[u32]) -> u32 {
    let mut sum = 0;
    for price in prices {
        sum += price;
    }
    let tax = sum * 19 / 100;
    let rest = (sum + tax) % 5;
    if rest == 0 {
        sum + tax
    } else {
        sum + tax + 5 - rest
    }
}

/// A price in cents as text.
pub fn shown(cents: u32) -> String {
    let text = format!("{}.{:02}", cents / 100, cents % 100);
    return text;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labour_has_a_minimum() {
        assert_eq!(labour(1), 595);
        assert_eq!(labour(10), 955);
    }

    #[test]
    fn parts_are_summed() {
        assert_eq!(parts(&[100, 200]), 360);
        assert_eq!(parts(&[]), 0);
    }

    #[test]
    fn prices_as_text() {
        assert_eq!(shown(1205), "12.05");
    }
}
