//! Sources that wait: what they are told, when, and what becomes of their next arrivals.

use super::*;
use crate::sim::SimDuration;
use std::collections::VecDeque;
use std::convert::Infallible;

#[derive(Clone, Copy)]
struct Ended(u64);

impl Event for Ended {
    fn phase(self) -> Phase {
        Phase::Completion
    }
    fn word(self) -> u64 {
        self.0
    }
    fn from_word(word: u64) -> Self {
        Self(word)
    }
}

/// Serves every arrival at once, each for its own time; tells every end to its source.
#[derive(Default)]
struct Server {
    inside: u32,
    notices: VecDeque<Notice>,
    /// Instants in milliseconds, sources and tickets.
    seen: Vec<(u64, u32, u32)>,
}

/// A source, a ticket and a time of service in milliseconds.
type Job = (u32, u32, u64);

impl Model<()> for Server {
    type Event = Ended;
    type Arrival = Job;
    fn before(&mut self, _: SimTime, _: &mut ()) {}
    fn on_arrival(&mut self, (source, ticket, ms): Job, queue: &mut EventQueue<Ended>, _: &mut ()) {
        self.inside += 1;
        self.seen.push((queue.now().as_millis(), source, ticket));
        let word = (u64::from(source) << 32) | u64::from(ticket);
        queue.push(queue.now() + SimDuration::from_millis(ms), Ended(word));
    }
    fn on_event(&mut self, Ended(word): Ended, _: &mut EventQueue<Ended>, _: &mut ()) {
        self.inside -= 1;
        let (source, ticket) = ((word >> 32) as u32, word as u32);
        self.notices.push_back(Notice { source, ticket, succeeded: true });
    }
    fn is_drained(&self) -> bool {
        self.inside == 0
    }
    fn next_notice(&mut self) -> Option<Notice> {
        self.notices.pop_front()
    }
}

/// Arrivals at fixed times; the end of one brings others after a delay.
struct Chain {
    position: u32,
    pending: Vec<(u64, Job)>,
    /// What follows the end of a ticket: a delay, the next ticket and its time of service.
    follow: Vec<(u32, u64, u32, u64)>,
}

impl ArrivalSource for Chain {
    type Arrival = Job;
    type Error = Infallible;
    fn next_time(&mut self) -> Result<Option<SimTime>, Infallible> {
        self.pending.sort_unstable();
        Ok(self.pending.first().map(|(at, _)| SimTime::from_millis(*at)))
    }
    fn take(&mut self) -> Job {
        self.pending.remove(0).1
    }
    fn notice(&mut self, now: SimTime, notice: Notice) {
        assert_eq!(notice.source, self.position, "a source hears of its own arrivals only");
        for (_, delay, ticket, ms) in self.follow.iter().filter(|f| f.0 == notice.ticket) {
            self.pending.push((now.as_millis() + delay, (self.position, *ticket, *ms)));
        }
    }
}

fn chain(position: u32, first: &[(u64, u32, u64)], follow: &[(u32, u64, u32, u64)]) -> Chain {
    let pending = first.iter().map(|(at, ticket, ms)| (*at, (position, *ticket, *ms))).collect();
    Chain { position, pending, follow: follow.to_vec() }
}

fn seen(mut sources: Vec<Chain>) -> (Vec<(u64, u32, u32)>, RunReport) {
    let mut server = Server::default();
    let limits = Limits { horizon: SimTime::MAX, patience: SimDuration::from_secs(1) };
    let report =
        run(&mut server, &mut EventQueue::new(), &mut sources, &mut (), limits).expect("no errors");
    (server.seen, report)
}

#[test]
fn an_end_brings_the_arrivals_that_waited_for_it() {
    let source = chain(0, &[(5, 0, 10)], &[(0, 0, 1, 7), (0, 3, 2, 1), (1, 0, 3, 1)]);
    let (seen, report) = seen(vec![source]);
    assert_eq!(seen, [(5, 0, 0), (15, 0, 1), (18, 0, 2), (22, 0, 3)]);
    assert_eq!((report.halt, report.time), (Halt::Drained, SimTime::from_millis(23)));
}

#[test]
fn an_end_may_bring_an_arrival_before_one_that_was_announced() {
    let source = chain(0, &[(0, 0, 10), (100, 9, 1)], &[(0, 5, 1, 1)]);
    assert_eq!(seen(vec![source]).0, [(0, 0, 0), (15, 0, 1), (100, 0, 9)]);
}

#[test]
fn arrivals_of_one_instant_keep_the_order_of_their_sources() {
    let waiting = chain(0, &[(0, 0, 10)], &[(0, 0, 1, 1)]);
    let planned = chain(1, &[(10, 7, 1), (11, 8, 1)], &[]);
    let swapped =
        [chain(0, &[(10, 7, 1), (11, 8, 1)], &[]), chain(1, &[(0, 0, 10)], &[(0, 0, 1, 1)])];
    assert_eq!(seen(vec![waiting, planned]).0, [(0, 0, 0), (10, 0, 1), (10, 1, 7), (11, 1, 8)]);
    assert_eq!(seen(swapped.into()).0, [(0, 1, 0), (10, 0, 7), (10, 1, 1), (11, 0, 8)]);
}

#[test]
fn a_source_that_waits_while_others_end_is_asked_again() {
    let idle = chain(0, &[(0, 0, 50)], &[(0, 0, 1, 1)]);
    let other = chain(1, &[(1, 5, 1)], &[]);
    let (seen, report) = seen(vec![idle, other]);
    assert_eq!(seen, [(0, 0, 0), (1, 1, 5), (50, 0, 1)]);
    assert_eq!((report.halt, report.events), (Halt::Drained, 6));
}

/// One event brings the next, for ever.
struct Clock;

impl Model<()> for Clock {
    type Event = Ended;
    type Arrival = ();
    fn before(&mut self, _: SimTime, _: &mut ()) {}
    fn on_arrival(&mut self, (): (), queue: &mut EventQueue<Ended>, (): &mut ()) {
        self.on_event(Ended(0), queue, &mut ());
    }
    fn on_event(&mut self, ended: Ended, queue: &mut EventQueue<Ended>, _: &mut ()) {
        queue.push(queue.now() + SimDuration::from_millis(1), ended);
    }
    fn is_drained(&self) -> bool {
        false
    }
}

/// One arrival at once, and so many checks that find nothing.
struct Patient {
    arrivals: u32,
    checks: u32,
}

impl ArrivalSource for Patient {
    type Arrival = ();
    type Error = &'static str;
    fn next_time(&mut self) -> Result<Option<SimTime>, Self::Error> {
        Ok((self.arrivals > 0).then_some(SimTime::ZERO))
    }
    fn take(&mut self) {
        self.arrivals -= 1;
    }
    fn check(&mut self) -> Result<(), Self::Error> {
        self.checks = self.checks.checked_sub(1).ok_or("enough")?;
        Ok(())
    }
}

#[test]
fn sources_are_asked_whether_to_go_on_when_nothing_arrives_any_more() {
    let limits = Limits { horizon: SimTime::MAX, patience: SimDuration::from_secs(100) };
    let run = |checks| {
        let mut sources = [Patient { arrivals: 1, checks }];
        run(&mut Clock, &mut EventQueue::new(), &mut sources, &mut (), limits)
    };
    assert_eq!(run(2).unwrap_err(), "enough");
    // A hundred thousand events later it is over anyway.
    assert_eq!(run(u32::MAX).unwrap().halt, Halt::Backstop);
}
