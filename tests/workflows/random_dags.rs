//! Random workflows in random accounts, held against what their records say.

use crate::study::{Task, file, jobs, loaded, scenario, seen, simulated};
use batchcast::world::record::{JobRecord, JobStatus, StopReason};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A workflow, its engine and what it runs on.
#[derive(Clone, Debug)]
struct Draft {
    /// By task: run time in half seconds, and a choice of parents among the tasks before it.
    tasks: Vec<(u16, Vec<prop::sample::Index>)>,
    at_s: u64,
    poll_s: u64,
    queue_size: Option<u32>,
    submit_rate: Option<u32>,
    vcpus: u32,
    aws: bool,
    spot: bool,
}

fn drafts() -> impl Strategy<Value = Draft> {
    let parents = prop::collection::vec(any::<prop::sample::Index>(), 0..4);
    let tasks = prop::collection::vec((0_u16..200, parents), 1..25);
    let limits = (prop::option::of(1_u32..6), prop::option::of(1_u32..9));
    (tasks, 0_u64..30, 0_u64..12, limits, 2_u32..9, any::<bool>(), any::<bool>()).prop_map(
        |(tasks, at_s, poll_s, (queue_size, submit_rate), vcpus, aws, spot)| Draft {
            tasks,
            at_s,
            poll_s,
            queue_size,
            submit_rate,
            vcpus,
            aws,
            spot,
        },
    )
}

impl Draft {
    fn tasks(&self) -> Vec<Task> {
        let task = |(number, (halves, parents)): (usize, &(u16, Vec<prop::sample::Index>))| {
            let parents = parents.iter().filter(|_| number > 0).map(|p| p.index(number)).collect();
            (f64::from(*halves) / 2.0, parents)
        };
        self.tasks.iter().enumerate().map(task).collect()
    }

    fn scenario(&self) -> Value {
        let limit = |most: Option<u32>| most.map_or(json!("unlimited"), Value::from);
        let mut value = scenario(json!({
            "pollInterval": self.poll_s,
            "queueSize": limit(self.queue_size),
            "submitRate": limit(self.submit_rate),
        }));
        value["profile"] = json!(if self.aws { "aws" } else { "ideal" });
        value["workload"][0]["at"] = json!(self.at_s);
        let kind = if self.spot { "SPOT" } else { "EC2" };
        value["computeEnvironments"][0]["computeResources"] = json!({"type": kind,
            "maxvCpus": self.vcpus, "instanceTypes": ["c6i.large", "c6i.xlarge"]});
        value["catalog"] = json!({});
        // What EC2 takes back is tried again within the job.
        value["jobDefinitions"] = json!([{"jobDefinitionName": "d",
            "containerProperties": {"vcpus": 1, "memory": 4},
            "retryStrategy": {"attempts": 10}}]);
        value["workload"][0]["workflow"]["jobDefinition"] = json!("d");
        value
    }

    fn seen(&self, job: &JobRecord) -> u64 {
        let stopped = job.stopped.expect("it ended").as_millis();
        seen(stopped, self.at_s * 1_000, self.poll_s * 1_000)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_task_runs_once_and_after_its_parents(draft in drafts()) {
        let tasks = draft.tasks();
        let outcome = simulated(&loaded(&draft.scenario(), &file(&tasks)));
        prop_assert_eq!(outcome.end().reason, StopReason::Drained);
        let jobs = jobs(&outcome);
        let mut by_task: Vec<Option<&JobRecord>> = vec![None; tasks.len()];
        for (task, job) in &jobs {
            prop_assert!(by_task[*task].replace(job).is_none(), "t{} ran twice", task);
            prop_assert_eq!(job.status, JobStatus::Succeeded);
        }
        for (job, (_, parents)) in by_task.iter().zip(&tasks) {
            let job = job.expect("every task runs");
            let parents = || parents.iter().map(|parent| by_task[*parent].expect("it runs"));
            let ready = parents().map(|parent| draft.seen(parent)).max();
            let ready = ready.unwrap_or(draft.at_s * 1_000);
            let arrived = job.arrived.as_millis();
            prop_assert!(arrived >= ready, "{} at {arrived} before {ready}", job.name);
            prop_assert!(parents().all(|parent| parent.stopped <= job.started));
            if draft.queue_size.is_none() && draft.submit_rate.is_none() {
                prop_assert_eq!(arrived, ready, "{}", job.name);
            }
        }
    }

    #[test]
    fn queue_size_and_submit_rate_hold_at_every_submission(draft in drafts()) {
        let outcome = simulated(&loaded(&draft.scenario(), &file(&draft.tasks())));
        let jobs = jobs(&outcome);
        for (nth, (_, job)) in jobs.iter().enumerate() {
            let now = job.arrived.as_millis();
            let before = &jobs[..nth];
            prop_assert!(before.iter().all(|(_, other)| other.arrived <= job.arrived));
            if let Some(most) = draft.queue_size {
                let open = before.iter().filter(|(_, other)| draft.seen(other) > now).count();
                prop_assert!(open < most as usize, "{open} in flight at {now}");
            }
            if let Some(most) = draft.submit_rate {
                let within = |other: &JobRecord| now - other.arrived.as_millis() < 1_000;
                let recent = before.iter().filter(|(_, other)| within(other)).count();
                prop_assert!(recent < most as usize, "{recent} in a second before {now}");
            }
        }
    }
}
