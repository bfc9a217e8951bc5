//! Which pods count: a pod that just started says nothing yet about the load.

use super::{Resource, Settings};

/// What a pod is doing, as its status says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// Not all of its containers have started.
    Pending,
    /// It runs.
    #[default]
    Running,
    /// It ended well and is not started again.
    Succeeded,
    /// It ended badly and is not started again.
    Failed,
}

/// Whether a pod takes requests, and since when it is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readiness {
    /// Whether it is ready.
    pub ready: bool,
    /// When that last changed, in nanoseconds.
    pub changed_ns: u64,
}

/// A pod of the workload, as the API server knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pod {
    /// What it is doing.
    pub phase: Phase,
    /// It is being terminated.
    pub deleted: bool,
    /// Its condition `Ready`, when it has one.
    pub readiness: Option<Readiness>,
    /// When it started, in nanoseconds.
    pub started_ns: Option<u64>,
}

/// What a metric says of one pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// The place of the pod in the list of pods; `None` when no such pod is there any more.
    pub pod: Option<usize>,
    /// How much, in the unit of the metric.
    pub value: i64,
    /// When it was taken, in nanoseconds.
    pub taken_ns: u64,
    /// Over how long it is an average, in nanoseconds.
    pub window_ns: u64,
}

/// How a pod counts for one metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Its sample counts.
    Ready,
    /// Its sample does not count; on the way up it counts as using nothing.
    Unready,
    /// It has no sample; it counts as what makes the change smaller.
    Missing,
    /// It is ending or ended badly: as if it were not there.
    Ignored,
}

/// Sorts every pod, in order.
///
/// Whether a pod is ready matters to processor time only (`resource`): starting is work, and the
/// metrics pipeline shows it late.
pub fn group(
    pods: &[Pod],
    samples: &[Sample],
    resource: Option<Resource>,
    now_ns: u64,
    settings: &Settings,
) -> Vec<Group> {
    let group = |(place, pod): (usize, &Pod)| {
        if pod.deleted || pod.phase == Phase::Failed {
            return Group::Ignored;
        }
        if pod.phase == Phase::Pending {
            return Group::Unready;
        }
        let Some(sample) = samples.iter().rfind(|sample| sample.pod == Some(place)) else {
            return Group::Missing;
        };
        let is_unready =
            resource == Some(Resource::Cpu) && says_nothing(pod, sample, now_ns, settings);
        if is_unready { Group::Unready } else { Group::Ready }
    };
    pods.iter().enumerate().map(group).collect()
}

/// Whether the processor sample of a pod that has started is not about its load.
fn says_nothing(pod: &Pod, sample: &Sample, now_ns: u64, settings: &Settings) -> bool {
    let (Some(readiness), Some(started_ns)) = (pod.readiness, pod.started_ns) else {
        return true;
    };
    if started_ns.saturating_add(settings.cpu_initialization_ns) > now_ns {
        let whole_window_ns = readiness.changed_ns.saturating_add(sample.window_ns);
        !readiness.ready || sample.taken_ns < whole_window_ns
    } else {
        let never_ready_ns = started_ns.saturating_add(settings.initial_readiness_delay_ns);
        !readiness.ready && never_ready_ns > readiness.changed_ns
    }
}

#[cfg(test)]
mod tests {
    use super::super::SECOND_NS;
    use super::*;

    const NOW_NS: u64 = 10_000 * SECOND_NS;

    /// A pod with ages in seconds, and the age of its sample of one minute.
    #[track_caller]
    fn check(ready: bool, started_s: u64, changed_s: u64, sample_s: u64, expected: Group) {
        let before = |age_s: u64| NOW_NS - age_s * SECOND_NS;
        let pod = Pod {
            phase: Phase::Running,
            deleted: false,
            readiness: Some(Readiness { ready, changed_ns: before(changed_s) }),
            started_ns: Some(before(started_s)),
        };
        let sample = Sample {
            pod: Some(0),
            value: 1,
            taken_ns: before(sample_s),
            window_ns: 60 * SECOND_NS,
        };
        let found = group(&[pod], &[sample], Some(Resource::Cpu), NOW_NS, &Settings::default());
        assert_eq!(found, [expected]);
        let memory = group(&[pod], &[sample], Some(Resource::Memory), NOW_NS, &Settings::default());
        assert_eq!(memory, [Group::Ready], "memory does not ask whether the pod is ready");
    }

    #[test]
    fn a_pod_that_just_started_counts_after_one_window_of_readiness() {
        check(true, 299, 60, 0, Group::Ready);
        check(true, 299, 59, 0, Group::Unready);
        check(true, 300, 59, 0, Group::Ready);
        check(false, 299, 200, 0, Group::Unready);
    }

    #[test]
    fn a_pod_that_is_not_ready_counts_when_it_was_ready_once() {
        check(false, 1000, 971, 0, Group::Unready);
        check(false, 1000, 970, 0, Group::Ready);
    }
}
