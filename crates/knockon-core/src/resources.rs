//! What a service runs on, and what keeps it running.

use std::time::Duration;

use crate::id::ServiceId;
use crate::units::{Bytes, Cpu, Rate, Share};
use crate::words::words;

/// What a service runs on.
#[derive(Debug, Clone, PartialEq)]
pub struct Runs {
    /// How many copies of it run.
    pub replicas: u32,
    /// The processor time of one replica.
    pub cpu: Option<CpuBounds>,
    /// The memory of one replica.
    pub memory: Option<MemoryBounds>,
    /// How many requests one replica works on at once.
    pub workers: Option<u32>,
    /// How many requests may wait for a worker of one replica; more are refused.
    pub backlog: Option<u32>,
    /// From the start of a replica until it can serve.
    pub start: Duration,
    /// What becomes of a replica that ended.
    pub restart: RestartPolicy,
    /// How a new version replaces the old one.
    pub rollout: Option<Rollout>,
}

impl Default for Runs {
    fn default() -> Self {
        Self {
            replicas: 1,
            cpu: None,
            memory: None,
            workers: None,
            backlog: None,
            start: Duration::from_secs(10),
            restart: RestartPolicy::Always,
            rollout: None,
        }
    }
}

words!(
    /// What becomes of a process that ended.
    RestartPolicy {
        /// It is started again.
        Always = "always",
        /// It is started again if it ended with an error.
        OnFailure = "on-failure",
        /// It stays ended.
        Never = "never",
    }
);

/// Processor time that one replica is promised and may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpuBounds {
    /// What it may use at most.
    pub limit: Option<Cpu>,
    /// What it is promised; what an autoscaler counts in percent of.
    pub request: Option<Cpu>,
}

/// Memory that one replica is promised, may use and does use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryBounds {
    /// Above this it is killed.
    pub limit: Option<Bytes>,
    /// What it is promised; what an autoscaler counts in percent of.
    pub request: Option<Bytes>,
    /// What it uses when nothing happens.
    pub idle: Option<Bytes>,
    /// What each request in progress adds.
    pub per_request: Option<Bytes>,
}

/// How a new version replaces the old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rollout {
    /// How many replicas may be missing meanwhile.
    pub max_unavailable: u32,
    /// How many replicas may be there in addition.
    pub max_surge: u32,
}

/// How it is found out whether a replica lives, and whether it can serve.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Probes {
    /// A replica that fails it is restarted.
    pub liveness: Option<Probe>,
    /// A replica that fails it gets no requests.
    pub readiness: Option<Probe>,
    /// The other two wait until it held once.
    pub startup: Option<Probe>,
}

/// A question asked of a replica again and again.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// The path of an HTTP request.
    pub get: Option<String>,
    /// The port of a TCP connection.
    pub tcp: Option<u16>,
    /// A command inside of the replica.
    pub exec: Option<String>,
    /// The port of a gRPC health check.
    pub grpc: Option<u16>,
    /// The port of the HTTP request.
    pub port: Option<u16>,
    /// From the start of the replica until the first time.
    pub delay: Duration,
    /// From one time to the next.
    pub every: Duration,
    /// Without an answer for so long it failed.
    pub timeout: Duration,
    /// After so many failures in a row something is done.
    pub failures: u32,
    /// After so many successes in a row it holds again.
    pub successes: u32,
    /// The services that it looks at behind the one it asks.
    pub checks: Vec<ServiceId>,
}

/// Changes the number of replicas with the load: Kubernetes' Horizontal Pod Autoscaler.
#[derive(Debug, Clone, PartialEq)]
pub struct Autoscaler {
    /// The fewest replicas.
    pub min: u32,
    /// The most replicas.
    pub max: u32,
    /// What it tries to keep where; the metric that asks for most replicas wins.
    pub targets: ScalingTargets,
    /// How it adds replicas.
    pub up: Option<Scaling>,
    /// How it takes replicas away.
    pub down: Option<Scaling>,
}

/// What an autoscaler tries to keep where.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ScalingTargets {
    /// Processor time, in percent of the request.
    pub cpu: Option<Share>,
    /// Memory, in percent of the request.
    pub memory: Option<Share>,
    /// Requests of one replica.
    pub requests: Option<Rate>,
    /// Messages waiting, for one replica.
    pub backlog: Option<u32>,
}

/// How fast an autoscaler may go in one direction.
#[derive(Debug, Clone, PartialEq)]
pub struct Scaling {
    /// Over this time it takes the most cautious of its own recommendations.
    pub window: Option<Duration>,
    /// Which of the policies counts.
    pub select: ScalingSelect,
    /// How much may change in which time.
    pub policies: Vec<ScalingPolicy>,
}

words!(
    /// Which of several scaling policies counts.
    ScalingSelect {
        /// The one that allows most.
        Max = "max",
        /// The one that allows least.
        Min = "min",
        /// None: no change in this direction.
        Disabled = "disabled",
    }
);

/// How much may change in which time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScalingPolicy {
    /// So many replicas.
    pub pods: Option<u32>,
    /// This part of the replicas there are.
    pub percent: Option<Share>,
    /// In this time.
    pub period: Duration,
}

/// Connections that a service keeps to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// The service at the other end.
    pub to: ServiceId,
    /// How many connections one replica opens at most.
    pub size: u32,
    /// How many stay open unused.
    pub idle: Option<u32>,
    /// How long a request waits for a connection before it fails.
    pub wait: Option<Duration>,
    /// After this time a connection is replaced.
    pub lifetime: Option<Duration>,
}

/// What takes over when a service is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failover {
    /// How long it takes.
    pub after: Duration,
    /// Who takes over; a database promotes a replica when nobody is named.
    pub to: Option<ServiceId>,
}
