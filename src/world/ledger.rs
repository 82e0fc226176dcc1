//! The ledger: every nano-dollar of every bill, by what it was for, whose bill it is and for whom.
//!
//! It knows how much was ever booked, credits included: as long as that can be told, so can every
//! sum of it.

use super::record::{CostLine, CostRecord, CostSource};
use crate::batch::compute_environment::ComputeEnvironmentId;
use crate::ec2::billing::{Bill, Part, apportion};
use crate::ec2::catalog::TypeId;
use crate::ec2::money::NanoUsd;
use std::collections::BTreeMap;

type Account = (CostLine, CostSource, ComputeEnvironmentId, TypeId);

/// Sums of money.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    sums: BTreeMap<Account, NanoUsd>,
    /// Of all amounts, whatever their sign.
    booked: NanoUsd,
}

impl Ledger {
    /// Books an instance's bill, and credits it where it is free. Returns what is due.
    pub(super) fn book_instance(
        &mut self,
        bill: &Bill,
        source: CostSource,
        environment: ComputeEnvironmentId,
        instance_type: TypeId,
    ) -> NanoUsd {
        for (part, amount) in Part::ALL.into_iter().zip(bill.parts) {
            self.add((line_of(part), source, environment, instance_type), amount);
        }
        if !bill.free {
            return bill.total();
        }
        let credit = (CostLine::FreeFirstHour, source, environment, instance_type);
        self.add(credit, -bill.total());
        NanoUsd::ZERO
    }

    /// Books what is billed beside an instance, split as the instance's own time was.
    pub(super) fn book_beside(
        &mut self,
        amount: NanoUsd,
        bill: &Bill,
        source: CostSource,
        environment: ComputeEnvironmentId,
        instance_type: TypeId,
    ) {
        let shares = apportion(amount.0.unsigned_abs(), &bill.weights);
        for (part, share) in Part::ALL.into_iter().zip(shares) {
            let account = (line_of(part), source, environment, instance_type);
            self.add(account, NanoUsd::from_nano(share));
        }
    }

    fn add(&mut self, account: Account, amount: NanoUsd) {
        if amount != NanoUsd::ZERO {
            *self.sums.entry(account).or_default() += amount;
            self.booked += NanoUsd::from_nano(amount.0.unsigned_abs());
        }
    }

    /// Whether more was booked than can be told: then no sum is to be believed.
    pub(super) fn is_full(&self) -> bool {
        self.booked == NanoUsd::MAX
    }

    /// Every sum that is not zero, in ledger order.
    pub(super) fn records(&self) -> impl Iterator<Item = CostRecord> {
        self.sums.iter().map(|((line, source, compute_environment, instance_type), cost)| {
            CostRecord {
                line: *line,
                source: *source,
                compute_environment: *compute_environment,
                instance_type: *instance_type,
                cost: *cost,
            }
        })
    }
}

const fn line_of(part: Part) -> CostLine {
    match part {
        Part::Work => CostLine::Work,
        Part::Starting => CostLine::Starting,
        Part::Lost => CostLine::Lost,
        Part::Checkpoint => CostLine::Checkpoint,
        Part::InFlight => CostLine::InFlight,
        Part::Packing => CostLine::Packing,
        Part::Idle => CostLine::Idle,
        Part::Boot => CostLine::Boot,
        Part::Minimum => CostLine::Minimum,
    }
}
