//! UNMANAGED environments: instances that the user registers, whatever Batch needs (behaviour 6.8).
//!
//! Batch places jobs on them and neither asks for more nor ends any. They are launched outside of
//! the quotas and pools that Batch's own requests meet.

use super::fleet::Entry;
use crate::batch::compute_environment::{ComputeEnvironmentId, RegisteredInstances};
use crate::world::World;
use crate::world::event::{Queue, Stamped, WorldEvent};
use crate::world::observer::Observer;
use crate::world::record::Termination;
use crate::world::state::attempts::Ending;

/// Instances that come and go together.
#[derive(Clone, Debug)]
pub(in crate::world) struct Registration {
    environment: ComputeEnvironmentId,
    what: RegisteredInstances,
    /// Those that have come and not gone.
    present: Vec<Stamped>,
}

impl World {
    /// Schedules when instances come and go. They are no work: they do not keep the run open.
    pub(in crate::world) fn schedule_registrations(&mut self, queue: &mut Queue) {
        for (index, spec) in self.config.compute_environments.iter().enumerate() {
            let environment = ComputeEnvironmentId::from_index(index);
            for what in &spec.model.instances {
                let number = self.registrations.len() as u32;
                queue.push(what.from, WorldEvent::InstancesJoined(number));
                if let Some(until) = what.until {
                    queue.push(until, WorldEvent::InstancesLeft(number));
                }
                let registration = Registration { environment, what: *what, present: Vec::new() };
                self.registrations.push(registration);
            }
        }
    }

    /// Instances register, and are billed from now on.
    pub(in crate::world) fn on_instances_joined(&mut self, number: u32, queue: &mut Queue) {
        let Registration { environment, what, .. } = self.registrations[number as usize];
        let vcpus = self.config.catalog.get(what.instance_type).vcpus;
        for _ in 0..what.count {
            let row = &mut self.environments[environment.index()];
            row.provisioned_vcpus += vcpus;
            row.incoming_vcpus += vcpus;
            row.remember_live(what.instance_type, what.zone, 1);
            let entry = Entry {
                environment,
                instance_type: what.instance_type,
                zone: what.zone,
                requested: self.now,
                running: self.now,
                registered: self.now,
                pool: None,
                gang: None,
            };
            let stamped = self.enter(entry);
            self.registrations[number as usize].present.push(stamped);
            self.on_instance_registered(stamped, queue);
        }
        self.note_peaks();
    }

    /// Instances end, and with them whatever runs there.
    pub(in crate::world) fn on_instances_left<O: Observer>(
        &mut self,
        number: u32,
        queue: &mut Queue,
        observer: &mut O,
    ) {
        for stamped in std::mem::take(&mut self.registrations[number as usize].present) {
            self.lose_attempts(stamped.slot, Ending::HostLost, queue, observer);
            self.terminate(stamped.slot, Termination::Deregistered, queue, observer);
        }
    }
}
