//! What an instance costs, to the nano-dollar, and what the money went into (behaviour 9.1).
//!
//! A bill is rounded once. Attempts are charged as they end: an attempt's share is the rounded sum
//! of all shares so far less the rounded sum before it, so shares are integers that add up to the
//! bill whatever their number, and nothing has to be remembered of a finished attempt. An amount
//! that does not fit its integer stays at the largest, which the ledger notices. What no
//! attempt holds (packing, idle, boot, minimum) takes the rest by largest remainder. A price that
//! changes is charged as it was at the time, by differences of its integral.

use super::money::{NanoUsd, Price};
use super::price_series::PriceSeries;
use crate::sim::{SimDuration, SimTime};
use std::sync::Arc;

const MS_PER_HOUR: u128 = 3_600_000;
/// Linux instances are billed per second with a minimum of 60 s.
const MINIMUM: SimDuration = SimDuration::from_secs(60);
/// A Spot instance that EC2 takes back within its first hour is free.
pub const FREE_PERIOD: SimDuration = SimDuration::from_secs(3_600);

/// What an attempt's time on an instance was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Running time that was kept.
    Work,
    /// Image pull and container start.
    Starting,
    /// Running time thrown away and redone.
    Lost,
    /// Checkpoints written and restored, completely.
    Checkpoint,
    /// Alive when the run stopped.
    InFlight,
}

/// What an instance's bill is split into; the first five are the [`Use`]s, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// [`Use::Work`]
    Work,
    /// [`Use::Starting`]
    Starting,
    /// [`Use::Lost`]
    Lost,
    /// [`Use::Checkpoint`]
    Checkpoint,
    /// [`Use::InFlight`]
    InFlight,
    /// Unallocated while a job is there.
    Packing,
    /// Registered, no job.
    Idle,
    /// Before registration.
    Boot,
    /// The billing floor.
    Minimum,
}

impl Part {
    const COUNT: usize = 9;
    /// Every part, in order.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Work,
        Self::Starting,
        Self::Lost,
        Self::Checkpoint,
        Self::InFlight,
        Self::Packing,
        Self::Idle,
        Self::Boot,
        Self::Minimum,
    ];
    const USES: usize = 5;
    /// Those that no attempt holds.
    const RESTS: usize = Self::COUNT - Self::USES;
}

/// What an hour of an instance costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rate {
    /// The same at all times.
    Constant(Price),
    /// What it costs at the time.
    Varying(Arc<PriceSeries>),
}

/// The running account of one instance, from `running` to its end.
#[derive(Clone, Debug)]
pub struct Account {
    price: Price,
    units: u32,
    running: SimTime,
    since: SimTime,
    allocated: u32,
    tenants: u32,
    registered: bool,
    unit_ms: [u64; Part::COUNT],
    /// What use has cost so far: whole nano-dollars, and the rest of one, in parts of `units` hours
    /// in milliseconds.
    used: u64,
    used_rest: u64,
    /// `used`, rounded half to even.
    charged: u64,
    lines: [u64; Part::USES],
    /// Of an instance whose price changes; `price` is then not looked at.
    varying: Option<Box<Varying>>,
}

/// What an account of a changing price keeps besides.
#[derive(Clone, Debug)]
struct Varying {
    series: Arc<PriceSeries>,
    /// The integral of the price at the account's last change.
    since: u128,
    /// What units that no attempt held have cost, by part: nano-USD an hour x ms.
    costs: [u128; Part::RESTS],
}

/// A closed account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bill {
    /// Billed time, floor included; zero when free.
    pub billed: SimDuration,
    /// By [`Part::ALL`]; sums to the bill before credits.
    pub parts: [NanoUsd; Part::COUNT],
    /// By [`Part::ALL`]: time weights, to split what is billed beside the instance.
    pub weights: [u64; Part::COUNT],
    /// Time from which volumes and addresses are billed.
    pub lifetime: SimDuration,
    /// Whether the whole bill is credited.
    pub free: bool,
}

impl Bill {
    /// The bill before credits.
    #[must_use]
    pub fn total(&self) -> NanoUsd {
        self.parts.iter().copied().sum()
    }
}

impl Account {
    /// Opens the account of an instance that is `running`. `units` is what its time is split by:
    /// vCPUs, or GPUs on GPU types.
    #[must_use]
    pub fn open(rate: Rate, units: u32, running: SimTime) -> Self {
        assert!(units > 0, "an instance has at least one unit to split its bill by");
        let (price, varying) = match rate {
            Rate::Constant(price) => (price, None),
            Rate::Varying(series) => {
                let since = series.integral(running);
                let costs = [0; Part::RESTS];
                (Price::default(), Some(Box::new(Varying { series, since, costs })))
            }
        };
        Self {
            price,
            units,
            running,
            since: running,
            allocated: 0,
            tenants: 0,
            registered: false,
            unit_ms: [0; Part::COUNT],
            used: 0,
            used_rest: 0,
            charged: 0,
            lines: [0; Part::USES],
            varying,
        }
    }

    /// When billing started.
    #[must_use]
    pub const fn running(&self) -> SimTime {
        self.running
    }

    /// Whether a reclaim at `now` would make the instance free.
    #[must_use]
    pub fn in_free_period(&self, now: SimTime) -> bool {
        now < self.running + FREE_PERIOD
    }

    /// The instance registered: from now on it is idle or packed, no longer booting.
    pub fn register(&mut self, now: SimTime) {
        self.settle(now);
        self.registered = true;
    }

    /// An attempt takes `units`.
    #[inline]
    pub fn allocate(&mut self, now: SimTime, units: u32) {
        self.settle(now);
        self.allocated += units;
        self.tenants += 1;
    }

    /// An attempt that took `units` ends. Its time on the instance is charged as `spans`, which
    /// follow one another and end now. Returns what they cost.
    #[inline]
    pub fn release(&mut self, now: SimTime, units: u32, spans: &[(Use, SimDuration)]) -> NanoUsd {
        self.settle(now);
        self.allocated -= units;
        self.tenants -= 1;
        let before = self.charged;
        let held: u64 = spans.iter().map(|(_, time)| time.as_millis()).sum();
        let mut from = SimTime::from_millis(now.as_millis() - held);
        for (what, time) in spans {
            self.charge(*what, units, from, *time);
            from = from + *time;
        }
        NanoUsd::from_nano(self.charged - before)
    }

    #[inline]
    fn charge(&mut self, what: Use, units: u32, from: SimTime, time: SimDuration) {
        let unit_ms = u64::from(units) * time.as_millis();
        if unit_ms == 0 {
            return;
        }
        self.unit_ms[what as usize] += unit_ms;
        // The running sum is kept as quotient and rest: it is that of all use, and only what is new
        // has to be divided.
        let whole = u64::from(self.units) * MS_PER_HOUR as u64;
        let new = match &self.varying {
            None => u128::from(self.price.nano_usd_per_hour()) * u128::from(unit_ms),
            Some(varying) => u128::from(units) * varying.series.between(from, from + time),
        };
        let sum = new + u128::from(self.used_rest);
        let (more, rest) = match u64::try_from(sum) {
            Ok(sum) => (sum / whole, sum % whole),
            Err(_) => (narrow(sum / u128::from(whole)), (sum % u128::from(whole)) as u64),
        };
        (self.used, self.used_rest) = (self.used.saturating_add(more), rest);
        let up = 2 * rest > whole || (2 * rest == whole && self.used % 2 == 1);
        let charged = self.used.saturating_add(u64::from(up));
        self.lines[what as usize] += charged - self.charged;
        self.charged = charged;
    }

    /// Books the time since the last change to what no attempt holds.
    #[inline]
    fn settle(&mut self, now: SimTime) {
        let elapsed = now.since(self.since).as_millis();
        self.since = now;
        let part = match (self.registered, self.tenants) {
            (false, _) => Part::Boot,
            (true, 0) => Part::Idle,
            (true, _) => Part::Packing,
        };
        let free = self.units - self.allocated;
        self.unit_ms[part as usize] += u64::from(free) * elapsed;
        if let Some(varying) = &mut self.varying {
            varying.book(part, free, now);
        }
    }

    /// Closes the account at `now`; `taken_back` says that EC2 ended a Spot instance.
    ///
    /// Every attempt must have been released.
    #[must_use]
    pub fn close(mut self, now: SimTime, taken_back: bool) -> Bill {
        self.settle(now);
        assert!(self.tenants == 0, "an account is closed after its attempts have been released");
        let actual = now.since(self.running);
        let lifetime = actual.max(MINIMUM);
        self.unit_ms[Part::Minimum as usize] =
            u64::from(self.units) * (lifetime - actual).as_millis();
        let end = self.running + lifetime;
        let shares = match &mut self.varying {
            None => {
                let unit_ms = u64::from(self.units) * lifetime.as_millis();
                let total = cost_of(self.price, unit_ms, self.units);
                apportion(total.saturating_sub(self.charged), &self.unit_ms[Part::USES..])
            }
            Some(varying) => {
                varying.book(Part::Minimum, self.units, end);
                let total = round_half_even(varying.series.between(self.running, end), MS_PER_HOUR);
                apportion(total.saturating_sub(self.charged), &in_proportion(varying.costs))
            }
        };
        let mut parts = [NanoUsd::ZERO; Part::COUNT];
        for (part, charged) in parts.iter_mut().zip(self.lines) {
            *part = NanoUsd::from_nano(charged);
        }
        for (part, share) in parts[Part::USES..].iter_mut().zip(shares) {
            *part = NanoUsd::from_nano(share);
        }
        let free = taken_back && actual < FREE_PERIOD;
        let billed = if free { SimDuration::ZERO } else { lifetime };
        Bill { billed, parts, weights: self.unit_ms, lifetime, free }
    }
}

impl Varying {
    /// Books `units` from the last change until `until` to `part`, which no attempt holds.
    fn book(&mut self, part: Part, units: u32, until: SimTime) {
        let integral = self.series.integral(until);
        self.costs[part as usize - Part::USES] += u128::from(units) * (integral - self.since);
        self.since = integral;
    }
}

/// The same proportions in numbers that a bill can be multiplied with.
fn in_proportion(costs: [u128; Part::RESTS]) -> [u64; Part::RESTS] {
    let bits = u128::BITS - costs.iter().fold(0, |all, cost| all | *cost).leading_zeros();
    // A sum of a few such numbers still fits 64 bits.
    let shift = bits.saturating_sub(60);
    costs.map(|cost| (cost >> shift) as u64)
}

/// `price` for `unit_ms` of an instance with `units`, rounded half to even.
fn cost_of(price: Price, unit_ms: u64, units: u32) -> u64 {
    let numerator = u128::from(price.nano_usd_per_hour()) * u128::from(unit_ms);
    round_half_even(numerator, u128::from(units) * MS_PER_HOUR)
}

/// The cost of something billed at `nano_per_hour / hours_divisor` for `time`.
#[must_use]
pub fn flat_cost(nano_per_hour: u64, hours_divisor: u32, time: SimDuration) -> NanoUsd {
    let numerator = u128::from(nano_per_hour) * u128::from(time.as_millis());
    NanoUsd::from_nano(round_half_even(numerator, u128::from(hours_divisor) * MS_PER_HOUR))
}

fn round_half_even(numerator: u128, denominator: u128) -> u64 {
    let quotient = numerator / denominator;
    let twice = (numerator % denominator) * 2;
    let up = twice > denominator || (twice == denominator && quotient % 2 == 1);
    narrow(quotient + u128::from(up))
}

/// An amount; the largest integer where it is more.
fn narrow(amount: u128) -> u64 {
    u64::try_from(amount).unwrap_or(u64::MAX)
}

/// Splits `amount` in proportion to `weights` by largest remainder; ties go to the earlier one.
/// All weights zero: everything goes to the last.
#[must_use]
pub fn apportion(amount: u64, weights: &[u64]) -> Vec<u64> {
    let total: u128 = weights.iter().map(|w| u128::from(*w)).sum();
    if total == 0 {
        let mut shares = vec![0; weights.len()];
        if let Some(last) = shares.last_mut() {
            *last = amount;
        }
        return shares;
    }
    let exact = |w: u64| u128::from(amount) * u128::from(w);
    let mut shares: Vec<u64> = weights.iter().map(|w| (exact(*w) / total) as u64).collect();
    let mut left = amount - shares.iter().sum::<u64>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|i| (std::cmp::Reverse(exact(weights[*i]) % total), *i));
    for index in order {
        if left == 0 {
            break;
        }
        shares[index] += 1;
        left -= 1;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn minutes(m: u64) -> SimTime {
        SimTime::from_millis(m * 60_000)
    }

    fn dollar() -> Price {
        Price::parse("1").unwrap()
    }

    fn billed_after(now: SimTime, taken_back: bool) -> (u64, i64) {
        let bill = Account::open(Rate::Constant(dollar()), 4, SimTime::ZERO).close(now, taken_back);
        let due = if bill.free { 0 } else { bill.total().0 };
        (bill.billed.as_millis() / 1_000, due)
    }

    #[test]
    fn a_reclaimed_instance_is_free_in_its_first_hour() {
        assert_eq!(billed_after(minutes(45), true), (0, 0));
    }

    #[test]
    fn a_reclaimed_instance_pays_for_the_seconds_used_after_its_first_hour() {
        assert_eq!(billed_after(minutes(75), true), (75 * 60, 1_250_000_000));
    }

    #[test]
    fn an_instance_ended_by_scale_in_pays_in_its_first_hour() {
        assert_eq!(billed_after(minutes(45), false), (45 * 60, 750_000_000));
    }

    #[test]
    fn twenty_seconds_are_billed_as_sixty() {
        assert_eq!(billed_after(SimTime::from_millis(20_000), false), (60, 16_666_667));
    }

    #[test]
    fn a_bill_that_does_not_fit_is_as_large_as_can_be() {
        let years = SimTime::from_millis(250 * 366 * 86_400_000);
        for rate in [
            Rate::Constant(Price::MAX),
            Rate::Varying(Arc::new(PriceSeries::new([(SimTime::ZERO, Price::MAX)]).unwrap())),
        ] {
            let mut account = Account::open(rate, 4, SimTime::ZERO);
            account.register(SimTime::ZERO);
            account.allocate(SimTime::ZERO, 3);
            let spans = [(Use::Work, years.since(SimTime::ZERO))];
            assert_eq!(account.release(years, 3, &spans), NanoUsd::MAX);
            assert_eq!(account.close(years, false).total(), NanoUsd::MAX);
        }
    }

    proptest! {
        #[test]
        fn shares_and_parts_add_up_to_the_bill(
            price in 0u64..100_000_000_000,
            units in 1u32..200,
            attempts in prop::collection::vec((1u32..50, 0u64..400_000, 0u64..9_000_000), 0..20),
        ) {
            let price = Price::from_nano_usd_per_hour(price);
            let mut account = Account::open(Rate::Constant(price), units, SimTime::ZERO);
            account.register(SimTime::from_millis(12_345));
            let mut now = SimTime::from_millis(12_345);
            let mut shares = 0;
            for (taken, start, run) in attempts {
                let taken = taken.min(units);
                account.allocate(now, taken);
                now = now + SimDuration::from_millis(start + run);
                let (start, run) = (SimDuration::from_millis(start), SimDuration::from_millis(run));
                let spans = [(Use::Starting, start), (Use::Checkpoint, run)];
                shares += account.release(now, taken, &spans).0;
            }
            let end = now + SimDuration::from_millis(777);
            let bill = account.close(end, false);
            // The slow path: one exact fraction for the whole bill.
            let ms = u128::from(end.as_millis().max(60_000));
            let exact = u128::from(price.nano_usd_per_hour()) * ms;
            let floor = (exact / 3_600_000) as i64;
            prop_assert!(bill.total().0 == floor || bill.total().0 == floor + 1);
            let used: i64 = bill.parts[..Part::USES].iter().map(|p| p.0).sum();
            prop_assert_eq!(used, shares);
            prop_assert!(bill.parts.iter().all(|p| p.0 >= 0));
            let weight: u128 = bill.weights.iter().map(|w| u128::from(*w)).sum();
            prop_assert_eq!(weight, ms * u128::from(units));
        }
    }
}
