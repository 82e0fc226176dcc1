//! Batchcast: a discrete-event capacity simulator of AWS Batch.
//!
//! It replays a workload through modelled queues, compute environments, EC2 capacity and Spot
//! markets in virtual time, and says what it cost, who waited, and why. The modules are a tower:
//! each uses only those before it in this list, and reading them in this order meets the concepts
//! in order.
//!
//! 1. [`sim`] - the discrete-event kernel; knows no word of AWS.
//! 2. [`ec2`] - the supplier: catalog, capacity, Spot market, quotas, bills.
//! 3. [`batch`] - AWS Batch: definitions, queues, placement, allocation strategies, retries.
//! 4. [`workload`] - what arrives: traces and synthetic streams.
//! 5. [`world`] - the model: all mutable state, one event enum, one function per event.
//! 6. [`metrics`] - observers that turn records into summaries, and assert the identities.
//! 7. [`experiment`] - from a scenario file to replications.
//! 8. [`report`] - results on paper: CSV, JSON, figures, the terminal.
//!
//! A run needs a scenario and gives records to an observer; here it only counts jobs.
//!
//! ```
//! use batchcast::experiment::scenario::{self, LoadOptions, ScenarioSource};
//! use batchcast::world::{self, RunKey, Watch, observer::Observer, record::JobRecord};
//!
//! #[derive(Default)]
//! struct Count(u32);
//! impl Observer for Count {
//!     fn job(&mut self, _: &JobRecord) {
//!         self.0 += 1;
//!     }
//! }
//!
//! let source = ScenarioSource::path("scenarios/fcfs-oracle");
//! let options = LoadOptions { until: Some("1d".to_owned()), ..LoadOptions::default() };
//! let scenario = scenario::load(&source, &options)?;
//! let key = RunKey { seed: scenario.seed, replication: 0 };
//! let mut sources = Vec::new();
//! for (position, spec) in scenario.workload.iter().enumerate() {
//!     sources.push(batchcast::workload::open(spec, key.workload(), position as u32)?);
//! }
//! let mut count = Count::default();
//! let end = world::run(&scenario.model, key, Watch::default(), &mut sources, &mut count)?;
//! assert_eq!(u64::from(count.0), end.submitted);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod batch;
pub mod ec2;
pub mod experiment;
pub mod metrics;
pub mod report;
pub mod sim;
pub mod workload;
pub mod world;
