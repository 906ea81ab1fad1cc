//! Partitions: the rows of a view in parts, each of which one worker at a time brings up to date.

use std::collections::BTreeMap;

use freehold_domain::Position;
use uuid::Uuid;

use crate::RowId;

/// A partition that is held, until somebody else takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lease {
    /// Which one, from 0.
    pub partition: u32,
    /// How often it was taken, which tells its holder from those before and after.
    pub epoch: u64,
}

/// Partitions of a view that stand at the same position and are brought up to date together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// How many partitions the view has.
    pub of: u32,
    /// Those that are meant.
    pub leases: Vec<Lease>,
}

/// Partitions of a view as they are stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredPartitions {
    /// How many the view has.
    pub of: u32,
    /// Of those that are asked for, the epoch and the position.
    pub by_number: BTreeMap<u32, (u64, Position)>,
}

impl Share {
    /// All of a view that has one partition, which nobody has ever taken: how a view that appends bring up to date is
    /// caught up.
    pub fn whole() -> Self {
        Self { of: 1, leases: vec![Lease { partition: 0, epoch: 0 }] }
    }

    /// Whether a row is in it.
    pub fn covers(&self, row: &RowId) -> bool {
        if self.leases.len() == self.of as usize {
            return true;
        }
        let partition = row.partition(self.of);
        self.leases.iter().any(|lease| lease.partition == partition)
    }
}

impl RowId {
    /// The partition that the row belongs to, of so many. It is the same for ever, whatever becomes of this code.
    pub fn partition(&self, of: u32) -> u32 {
        let name = [self.tenant.as_str(), &self.key_text()].join("\0");
        let hash = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).as_u64_pair().0;
        u32::try_from(hash % u64::from(of.max(1))).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use freehold_domain::Cell;

    use super::{Lease, Share};
    use crate::RowId;

    fn row(key: Vec<Cell>) -> RowId {
        RowId { tenant: "acme".parse().unwrap(), key }
    }

    #[test]
    fn a_row_stays_in_its_partition_for_ever() {
        let partitions = |of| [1, 2, 3, 4].map(|number| row(vec![Cell::Int(number)]).partition(of));
        assert_eq!(partitions(8), [0, 4, 0, 6]);
        assert_eq!(partitions(1), [0; 4]);
    }

    #[test]
    fn every_row_is_in_one_share_of_those_that_make_up_the_view() {
        let share = |leases: &[u32]| Share {
            of: 3,
            leases: leases.iter().map(|&partition| Lease { partition, epoch: 1 }).collect(),
        };
        for number in 0..100 {
            let row = row(vec![Cell::Text("a".into()), Cell::Int(number)]);
            assert!(share(&[0, 1, 2]).covers(&row));
            assert_ne!(share(&[0, 2]).covers(&row), share(&[1]).covers(&row));
        }
    }
}
