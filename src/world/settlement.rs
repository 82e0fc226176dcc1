//! When a job's cost is final: not before no instance it ran on can become free any more.
//!
//! A Spot instance that EC2 takes back within its first hour costs nothing, so what an attempt on
//! it cost stays open until the hour is over or the instance is. A job's record is held until all
//! its charges are settled, and records leave in the order in which the jobs ended: memory follows
//! what ended within the last hour, not the run.

use super::record::JobRecord;
use super::state::jobs::NONE;
use crate::ec2::money::NanoUsd;
use std::collections::VecDeque;

/// What is known of an instance's bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BillState {
    Open,
    Due,
    Credited,
}

#[derive(Clone, Copy, Debug)]
struct OpenBill {
    state: BillState,
    /// Charges that refer to it.
    charges: u32,
}

/// One attempt's cost on a bill that may still be credited; charges of one job are a list.
#[derive(Clone, Copy, Debug)]
struct Charge {
    bill: u32,
    amount: NanoUsd,
    next: u32,
}

/// Open charges, and the records that wait for them.
#[derive(Clone, Debug)]
pub(super) struct Settlement {
    bills: Vec<OpenBill>,
    free_bills: Vec<u32>,
    charges: Vec<Charge>,
    free_charges: Vec<u32>,
    held: VecDeque<(JobRecord, u32)>,
    job_costs: Vec<NanoUsd>,
}

impl Settlement {
    pub(super) fn new(cost_groups: usize) -> Self {
        Self {
            bills: Vec::new(),
            free_bills: Vec::new(),
            charges: Vec::new(),
            free_charges: Vec::new(),
            held: VecDeque::new(),
            job_costs: vec![NanoUsd::ZERO; cost_groups],
        }
    }

    /// Opens the bill of an instance.
    pub(super) fn open_bill(&mut self) -> u32 {
        let bill = OpenBill { state: BillState::Open, charges: 0 };
        if let Some(slot) = self.free_bills.pop() {
            self.bills[slot as usize] = bill;
            return slot;
        }
        self.bills.push(bill);
        self.bills.len() as u32 - 1
    }

    /// Adds a charge on an open bill to the list that starts at `head`; returns the new head.
    pub(super) fn charge(&mut self, bill: u32, amount: NanoUsd, head: u32) -> u32 {
        self.bills[bill as usize].charges += 1;
        let charge = Charge { bill, amount, next: head };
        if let Some(slot) = self.free_charges.pop() {
            self.charges[slot as usize] = charge;
            return slot;
        }
        self.charges.push(charge);
        self.charges.len() as u32 - 1
    }

    /// Nothing can change an instance's bill any more.
    pub(super) fn close_bill(&mut self, bill: u32, credited: bool) {
        let row = &mut self.bills[bill as usize];
        row.state = if credited { BillState::Credited } else { BillState::Due };
        if row.charges == 0 {
            self.free_bills.push(bill);
        }
    }

    /// Takes a job's record; `open_charges` is its list, `group` what its cost is summed by.
    /// Releases to `out` whatever can go.
    #[inline]
    pub(super) fn push(
        &mut self,
        record: &JobRecord,
        open_charges: u32,
        group: impl Fn(&JobRecord) -> usize,
        out: impl FnMut(&JobRecord),
    ) {
        if self.held.is_empty() && open_charges == NONE {
            self.emit(record, &group, out);
            return;
        }
        // Only a record that is held is worth a copy.
        self.held.push_back((record.clone(), open_charges));
        self.release(group, out);
    }

    /// Releases every record at the front whose charges are settled.
    pub(super) fn release(
        &mut self,
        group: impl Fn(&JobRecord) -> usize,
        mut out: impl FnMut(&JobRecord),
    ) {
        while let Some((_, head)) = self.held.front() {
            if !self.is_settled(*head) {
                break;
            }
            let Some((mut record, head)) = self.held.pop_front() else { break };
            record.cost += self.settle(head);
            self.emit(&record, &group, &mut out);
        }
    }

    /// What a list of charges comes to; the list is dissolved.
    fn settle(&mut self, mut head: u32) -> NanoUsd {
        let mut total = NanoUsd::ZERO;
        while head != NONE {
            let charge = self.charges[head as usize];
            let bill = &mut self.bills[charge.bill as usize];
            if bill.state == BillState::Due {
                total += charge.amount;
            }
            bill.charges -= 1;
            if bill.charges == 0 {
                self.free_bills.push(charge.bill);
            }
            self.free_charges.push(head);
            head = charge.next;
        }
        total
    }

    fn is_settled(&self, mut head: u32) -> bool {
        while head != NONE {
            let charge = self.charges[head as usize];
            if self.bills[charge.bill as usize].state == BillState::Open {
                return false;
            }
            head = charge.next;
        }
        true
    }

    #[inline]
    fn emit(
        &mut self,
        record: &JobRecord,
        group: &impl Fn(&JobRecord) -> usize,
        mut out: impl FnMut(&JobRecord),
    ) {
        self.job_costs[group(record)] += record.cost;
        out(record);
    }

    /// Whether a record is still held.
    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// The cost of jobs by group.
    pub(super) fn job_costs(&self) -> &[NanoUsd] {
        &self.job_costs
    }
}
