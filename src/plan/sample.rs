//! Which ports of a range are tried.

use crate::net::{Port, PortRange};

/// `count` ports of the range, ascending: both ends, the others evenly spread between them. All
/// of them if there are no more; never fewer than two.
pub(super) fn spread(range: PortRange, count: usize) -> Vec<Port> {
    let all = range.count();
    let count = count.clamp(2, all);
    let place = |step: usize| step * (all - 1) / (count - 1);
    let mut steps = (0..count).map(place).peekable();
    range
        .iter()
        .enumerate()
        .filter_map(|(index, port)| steps.next_if_eq(&index).map(|_| port))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(first: u16, last: u16, count: usize) -> Vec<u16> {
        let port = |number| Port::new(number).unwrap();
        let range = PortRange::new(port(first), port(last)).unwrap();
        spread(range, count).into_iter().map(Port::get).collect()
    }

    #[test]
    fn both_ends_are_tried_and_the_rest_is_spread_evenly() {
        assert_eq!(ports(100, 200, 5), [100, 125, 150, 175, 200]);
        assert_eq!(ports(1, 65535, 3), [1, 32768, 65535]);
        let sixteen = ports(20123, 32768, 16);
        assert_eq!(sixteen.len(), 16);
        assert_eq!(sixteen.first(), Some(&20123));
        assert_eq!(sixteen.last(), Some(&32768));
    }

    #[test]
    fn no_port_is_tried_twice_and_both_ends_always_are() {
        assert_eq!(ports(1, 3, 16), [1, 2, 3]);
        assert_eq!(ports(1, 3, 0), [1, 3]);
        assert_eq!(ports(7, 8, 1), [7, 8]);
    }
}
