//! AWS keys that no type of [`raw`](super::raw) has: which are dropped, warned of, or refused.
//!
//! Dropped: response keys and keys without a meaning for scheduling or cost. Warned of: keys whose
//! meaning is not modelled and can be lived without. Refused: keys that would change the answer.
//! Keys of definitions and submissions are in a table of their own.

mod definition;

/// What becomes of a key that is not modelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyClass {
    /// Silently dropped.
    Dropped,
    /// Dropped with a warning; an error when strict.
    Unmodelled,
    /// An error, with what to do instead.
    Refused(&'static str),
}

/// The keys of one kind of object, beside those that its type has.
#[derive(Debug)]
pub(super) struct Keys {
    /// The name of the type.
    pub(super) kind: &'static str,
    pub(super) dropped: &'static [&'static str],
    pub(super) unmodelled: &'static [&'static str],
    pub(super) refused: &'static [(&'static str, &'static str)],
}

const QUOTA_SHARES: &str = "use fairsharePolicy: quota shares are for queues of service jobs";
const SERVICE: &str = "leave it out, and describe the jobs with submit and jobDefinitions";

/// Every kind that has such keys, but those of definitions (behaviour 4.6, 5.1, 6.1, 10).
static KEYS: &[Keys] = &[
    Keys {
        kind: "Scenario",
        dropped: &[],
        unmodelled: &[],
        refused: &[("quotaShares", SERVICE), ("serviceEnvironments", SERVICE)],
    },
    Keys {
        kind: "ConsumableResource",
        dropped: &[
            "availableQuantity",
            "consumableResourceArn",
            "createdAt",
            "inUseQuantity",
            "tags",
        ],
        unmodelled: &[],
        refused: &[],
    },
    Keys {
        kind: "SchedulingPolicy",
        dropped: &["arn", "tags"],
        unmodelled: &[],
        refused: &[("quotaSharePolicy", QUOTA_SHARES)],
    },
    Keys {
        kind: "ComputeEnvironment",
        dropped: &[
            "computeEnvironmentArn",
            "containerOrchestrationType",
            "context",
            "ecsClusterArn",
            "ecsSettings",
            "serviceRole",
            "statusReason",
            "tags",
            "uuid",
        ],
        unmodelled: &[],
        refused: &[("eksConfiguration", "leave it out: environments are ECS clusters")],
    },
    Keys {
        kind: "ComputeResources",
        dropped: &[
            "capacityTags",
            "ec2Configuration",
            "ec2KeyPair",
            "imageId",
            "instanceRole",
            "securityGroupIds",
            "spotIamFleetRole",
            "tags",
        ],
        unmodelled: &["desiredvCpus", "launchTemplate"],
        refused: &[("managedInstancesProvider", "use type EC2 or SPOT with instanceTypes")],
    },
    Keys {
        kind: "JobQueue",
        dropped: &["jobQueueArn", "statusReason", "tags"],
        unmodelled: &[],
        refused: &[(
            "serviceEnvironmentOrder",
            "name compute environments in computeEnvironmentOrder",
        )],
    },
    Keys {
        kind: "UpdateComputeEnvironment",
        dropped: &["context", "serviceRole"],
        unmodelled: &[],
        refused: &[],
    },
    Keys {
        kind: "UpdateJobQueue",
        dropped: &[],
        unmodelled: &[],
        refused: &[
            ("schedulingPolicyArn", "name it in jobQueues: a queue keeps its policy during a run"),
            ("serviceEnvironmentOrder", "name compute environments in computeEnvironmentOrder"),
        ],
    },
    Keys {
        kind: "Entry",
        dropped: &[],
        unmodelled: &[],
        refused: &[("submitServiceJob", SERVICE)],
    },
];

/// The row of an object of type `kind`, if it has such keys.
pub(super) fn keys_of(kind: &str) -> Option<&'static Keys> {
    KEYS.iter().chain(definition::KEYS).find(|keys| keys.kind == kind)
}

/// What becomes of `key` in an object of type `kind`; nothing when it is unknown there.
pub(super) fn class_of(kind: &str, key: &str) -> Option<KeyClass> {
    let keys = keys_of(kind)?;
    if keys.dropped.contains(&key) {
        return Some(KeyClass::Dropped);
    }
    if keys.unmodelled.contains(&key) {
        return Some(KeyClass::Unmodelled);
    }
    let refused = keys.refused.iter().find(|(name, _)| *name == key);
    refused.map(|(_, instead)| KeyClass::Refused(instead))
}

impl Keys {
    /// Every key of this table row.
    pub(super) fn all(&self) -> impl Iterator<Item = &'static str> + '_ {
        let refused = self.refused.iter().map(|(key, _)| *key);
        self.dropped.iter().chain(self.unmodelled).copied().chain(refused)
    }
}
