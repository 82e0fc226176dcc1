//! Keys of definitions and submissions that no type of [`raw`](super::super::raw) has.
//!
//! What a container does (its command, environment, volumes) has no meaning for scheduling.

use super::Keys;

/// Every kind below a definition or a submission (behaviour 4.3, 4.4, 10).
pub(super) static KEYS: &[Keys] = &[
    Keys {
        kind: "JobDefinition",
        dropped: &["containerOrchestrationType", "jobDefinitionArn"],
        unmodelled: &[],
        refused: &[],
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
            "privileged",
            "readonlyRootFilesystem",
            "repositoryCredentials",
            "secrets",
            "ulimits",
            "user",
            "volumes",
        ],
        unmodelled: &["linuxParameters"],
        refused: &[],
    },
    Keys {
        kind: "TaskProperties",
        dropped: &[
            "enableExecuteCommand",
            "executionRoleArn",
            "ipcMode",
            "networkMode",
            "pidMode",
            "platformVersion",
            "taskRoleArn",
            "volumes",
        ],
        unmodelled: &[],
        refused: &[],
    },
    Keys {
        kind: "TaskContainer",
        dropped: &[
            "command",
            "environment",
            "firelensConfiguration",
            "logConfiguration",
            "mountPoints",
            "privileged",
            "readonlyRootFilesystem",
            "repositoryCredentials",
            "secrets",
            "startTimeout",
            "ulimits",
            "user",
        ],
        unmodelled: &["linuxParameters"],
        refused: &[],
    },
    Keys {
        kind: "PodProperties",
        dropped: &[
            "dnsPolicy",
            "hostNetwork",
            "imagePullSecrets",
            "metadata",
            "securityContext",
            "serviceAccountName",
            "shareProcessNamespace",
            "volumes",
        ],
        unmodelled: &[],
        refused: &[],
    },
    Keys {
        kind: "PodContainer",
        dropped: &["args", "command", "env", "imagePullPolicy", "securityContext", "volumeMounts"],
        unmodelled: &[],
        refused: &[],
    },
    Keys {
        kind: "ContainerOverrides",
        dropped: &["command", "environment"],
        unmodelled: &[],
        refused: &[],
    },
    Keys {
        kind: "TaskContainerOverrides",
        dropped: &["command", "environment"],
        unmodelled: &[],
        refused: &[],
    },
    Keys { kind: "PodPropertiesOverride", dropped: &["metadata"], unmodelled: &[], refused: &[] },
    Keys {
        kind: "PodContainerOverride",
        dropped: &["args", "command", "env"],
        unmodelled: &[],
        refused: &[],
    },
];
