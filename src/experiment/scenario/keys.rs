//! AWS keys that no type of [`raw`](super::raw) has: which are dropped, warned of, or refused.
//!
//! Dropped: response keys and keys without a meaning for scheduling or cost. Warned of: keys whose
//! meaning is not modelled and can be lived without. Refused: keys that would change the answer.

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

const FAIR_SHARE: &str = "leave it out: queues are first in, first out";
const ONE_NODE: &str = "describe jobs of one node, with containerProperties";
const CONTAINER: &str = "describe the job with containerProperties";
const CONSUMABLE: &str = "leave it out: jobs wait for no consumable resource";

/// Every kind that has such keys (behaviour 4.3, 5.1, 6.1, 10).
pub(super) static KEYS: &[Keys] = &[
    Keys {
        kind: "Scenario",
        dropped: &[],
        unmodelled: &[],
        refused: &[("schedulingPolicies", FAIR_SHARE), ("consumableResources", CONSUMABLE)],
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
            "placementGroup",
            "securityGroupIds",
            "spotIamFleetRole",
            "tags",
        ],
        unmodelled: &["desiredvCpus", "launchTemplate"],
        refused: &[("managedInstancesProvider", "use type EC2 or SPOT with instanceTypes")],
    },
    Keys {
        kind: "JobQueue",
        dropped: &["jobQueueArn", "jobQueueType", "status", "statusReason", "tags"],
        unmodelled: &[],
        refused: &[
            ("schedulingPolicyArn", FAIR_SHARE),
            ("serviceEnvironmentOrder", "name compute environments in computeEnvironmentOrder"),
        ],
    },
    Keys {
        kind: "UpdateComputeEnvironment",
        dropped: &["context", "serviceRole"],
        unmodelled: &["unmanagedvCpus"],
        refused: &[],
    },
    Keys {
        kind: "UpdateJobQueue",
        dropped: &[],
        unmodelled: &[],
        refused: &[
            ("schedulingPolicyArn", FAIR_SHARE),
            ("serviceEnvironmentOrder", "name compute environments in computeEnvironmentOrder"),
        ],
    },
    Keys {
        kind: "JobDefinition",
        dropped: &[
            "containerOrchestrationType",
            "jobDefinitionArn",
            "parameters",
            "platformCapabilities",
            "propagateTags",
            "tags",
        ],
        unmodelled: &["schedulingPriority"],
        refused: &[
            ("consumableResourceProperties", CONSUMABLE),
            ("ecsProperties", CONTAINER),
            ("eksProperties", CONTAINER),
            ("nodeProperties", ONE_NODE),
        ],
    },
    Keys {
        kind: "ContainerProperties",
        dropped: &[
            "command",
            "enableExecuteCommand",
            "environment",
            "executionRoleArn",
            "fargatePlatformConfiguration",
            "jobRoleArn",
            "logConfiguration",
            "mountPoints",
            "networkConfiguration",
            "privileged",
            "readonlyRootFilesystem",
            "repositoryCredentials",
            "secrets",
            "ulimits",
            "user",
            "volumes",
        ],
        unmodelled: &["ephemeralStorage", "instanceType", "linuxParameters", "runtimePlatform"],
        refused: &[],
    },
    Keys {
        kind: "SubmitJob",
        dropped: &["parameters", "propagateTags", "tags"],
        unmodelled: &[
            "consumableResourcePropertiesOverride",
            "ecsPropertiesOverride",
            "eksPropertiesOverride",
            "schedulingPriorityOverride",
            "shareIdentifier",
        ],
        refused: &[
            ("dependsOn", "leave it out, or submit the later job at a later time with `at`"),
            ("nodeOverrides", ONE_NODE),
        ],
    },
    Keys {
        kind: "ContainerOverrides",
        dropped: &["command", "environment"],
        unmodelled: &["instanceType"],
        refused: &[],
    },
    Keys {
        kind: "JobModel",
        dropped: &[],
        unmodelled: &["inputMib", "outputMib"],
        refused: &[("checkpoint", "leave it out: a lost attempt starts again from nothing")],
    },
    Keys {
        kind: "Entry",
        dropped: &[],
        unmodelled: &[],
        refused: &[("workflow", "use submit entries, or a trace of the workflow's tasks")],
    },
];

/// What becomes of `key` in an object of type `kind`; nothing when it is unknown there.
pub(super) fn class_of(kind: &str, key: &str) -> Option<KeyClass> {
    let keys = KEYS.iter().find(|keys| keys.kind == kind)?;
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
