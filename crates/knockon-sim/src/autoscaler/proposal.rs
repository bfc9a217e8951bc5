//! What one metric asks for: a number of replicas, before limits and stabilisation.

use super::pods::{self, Group};
use super::{Phase, Pod, Sample, Settings, whole};

/// What of a machine a pod is promised and uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// Processor time.
    Cpu,
    /// Memory.
    Memory,
}

/// Why a metric gives no proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It could not be read, or nothing was there to read.
    NoMetrics,
    /// The workload has no pod.
    NoPods,
    /// A container that counts has no request, so there is nothing to take percent of.
    NoRequest,
    /// No pod that counts has a sample.
    NoneReady,
    /// Every sample is of a pod that is not there, or the requests add up to nothing.
    NoneKnown,
    /// A pod's sample does not name the container that counts.
    NoContainer,
    /// There is no such type of metric.
    UnknownType,
}

/// What one metric asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proposal {
    /// So many replicas.
    pub replicas: i32,
    /// Usage of the pods that count in percent of their requests, rounded down; only for a target
    /// in percent.
    pub utilization_percent: Option<i64>,
    /// The value reported with it, in the unit of the metric: the average of the pods that count,
    /// rounded down; the total; or the total per replica, rounded up.
    pub value: i64,
}

/// The moment at which the metrics of a workload are judged.
#[derive(Debug, Clone, Copy)]
pub struct Calculator<'a> {
    /// What is set for the cluster.
    pub settings: &'a Settings,
    /// Now, in nanoseconds.
    pub now_ns: u64,
    /// Replicas that are asked for now.
    pub replicas: i32,
    /// Every pod of the workload, terminating ones too.
    pub pods: &'a [Pod],
}

/// How far usage is from the target, and what it is reported as.
#[derive(Debug, Clone, Copy)]
struct Usage {
    /// Usage over target: above 1 there are too few replicas.
    ratio: f64,
    utilization_percent: Option<i64>,
    value: i64,
}

/// Samples added up.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    usage: i64,
    request: i64,
    /// Samples, with those of pods that are not there.
    samples: i64,
    /// Samples of pods that are there.
    known: i64,
}

impl Sum {
    fn add(&mut self, usage: i64, request: i64) {
        self.usage = self.usage.saturating_add(usage);
        self.request = self.request.saturating_add(request);
        self.samples += 1;
        self.known += 1;
    }
}

impl Calculator<'_> {
    /// A target in percent of what the pods request.
    ///
    /// `requests` holds what each pod requests, in the order of the pods and in the unit of the
    /// samples; `None` for a pod with a container that requests nothing.
    pub fn utilization(
        &self,
        resource: Resource,
        requests: &[Option<i64>],
        samples: &[Sample],
        target_percent: f64,
    ) -> Result<Proposal, Failure> {
        let groups = self.groups(samples, Some(resource))?;
        let requests: Vec<i64> =
            requests.iter().copied().collect::<Option<_>>().ok_or(Failure::NoRequest)?;
        let usage = |sum: &Sum| {
            if sum.request == 0 {
                return Err(Failure::NoneKnown);
            }
            // Rounded down before the ratio is taken, as the program does.
            let percent = i128::from(sum.usage) * 100 / i128::from(sum.request);
            let percent = i64::try_from(percent).unwrap_or(i64::MAX);
            Ok(Usage {
                ratio: percent as f64 / target_percent,
                utilization_percent: Some(percent),
                value: sum.usage / sum.known,
            })
        };
        let request = |place: usize| requests.get(place).copied().unwrap_or_default();
        let missing = |ratio: f64, place: usize| {
            if ratio < 1.0 {
                Some(request(place))
            } else if ratio > 1.0 {
                Some(0)
            } else {
                None
            }
        };
        // A sample of a pod that is not there adds nothing, but it counts among the samples.
        let unknown = |sum: &mut Sum, _: i64| sum.samples += 1;
        self.propose(&groups, samples, request, unknown, missing, usage)
    }

    /// A target for the average of a metric of the pods, in the unit of the samples.
    pub fn per_pod(&self, samples: &[Sample], target: i64) -> Result<Proposal, Failure> {
        let groups = self.groups(samples, None)?;
        let usage = |sum: &Sum| {
            let average = sum.usage / sum.samples;
            Ok(Usage {
                ratio: average as f64 / target as f64,
                utilization_percent: None,
                value: average,
            })
        };
        let missing = |ratio: f64, _: usize| Some(if ratio < 1.0 { target } else { 0 });
        let unknown = |sum: &mut Sum, value: i64| sum.add(value, 0);
        self.propose(&groups, samples, |_| 0, unknown, missing, usage)
    }

    /// A target for a total that is not of the pods: the ready pods are scaled by how far it is off.
    pub fn total(&self, values: &[i64], target: i64) -> Result<Proposal, Failure> {
        let total = added_up(values)?;
        let ratio = total as f64 / target as f64;
        let replicas = if self.replicas == 0 {
            whole(ratio.ceil())
        } else if self.is_near(ratio) {
            self.replicas
        } else if self.pods.is_empty() {
            return Err(Failure::NoPods);
        } else {
            let is_ready = |pod: &&Pod| {
                pod.phase == Phase::Running && pod.readiness.is_some_and(|it| it.ready)
            };
            let ready = self.pods.iter().filter(is_ready).count();
            whole((ratio * ready as f64).ceil())
        };
        Ok(Proposal { replicas, utilization_percent: None, value: total })
    }

    /// A target for a total divided by the replicas that exist.
    pub fn total_per_replica(
        &self,
        values: &[i64],
        target: i64,
        status_replicas: i32,
    ) -> Result<Proposal, Failure> {
        let total = added_up(values)? as f64;
        let (target, existing) = (target as f64, f64::from(status_replicas));
        let is_off = (1.0 - total / (target * existing)).abs() > self.settings.tolerance;
        let replicas = if is_off { whole((total / target).ceil()) } else { status_replicas };
        #[expect(clippy::cast_possible_truncation, reason = "rounded up, and saturating")]
        let value = (total / existing).ceil() as i64;
        Ok(Proposal { replicas, utilization_percent: None, value })
    }

    fn groups(
        &self,
        samples: &[Sample],
        resource: Option<Resource>,
    ) -> Result<Vec<Group>, Failure> {
        if self.pods.is_empty() {
            return Err(Failure::NoPods);
        }
        Ok(pods::group(self.pods, samples, resource, self.now_ns, self.settings))
    }

    fn is_near(&self, ratio: f64) -> bool {
        (1.0 - ratio).abs() <= self.settings.tolerance
    }

    /// The rule that targets of pods share: what is not known counts as what makes the change
    /// smaller, and when that turns the direction nothing is done.
    fn propose(
        &self,
        groups: &[Group],
        samples: &[Sample],
        request: impl Fn(usize) -> i64,
        unknown: impl Fn(&mut Sum, i64),
        missing: impl Fn(f64, usize) -> Option<i64>,
        usage: impl Fn(&Sum) -> Result<Usage, Failure>,
    ) -> Result<Proposal, Failure> {
        let mut sum = Sum::default();
        for sample in samples {
            match sample.pod {
                Some(place) if groups.get(place) == Some(&Group::Ready) => {
                    sum.add(sample.value, request(place));
                }
                Some(_) => {}
                None => unknown(&mut sum, sample.value),
            }
        }
        if sum.samples == 0 {
            return Err(Failure::NoneReady);
        }
        let first = usage(&sum)?;
        let answer = |replicas| Proposal {
            replicas,
            utilization_percent: first.utilization_percent,
            value: first.value,
        };
        let counts_unready = groups.contains(&Group::Unready) && first.ratio > 1.0;
        if !counts_unready && !groups.contains(&Group::Missing) {
            let ready = groups.iter().filter(|group| **group == Group::Ready).count();
            let is_near = self.is_near(first.ratio);
            let scaled = || whole((first.ratio * ready as f64).ceil());
            return Ok(answer(if is_near { self.replicas } else { scaled() }));
        }
        for (place, group) in groups.iter().enumerate() {
            match group {
                Group::Missing => {
                    if let Some(value) = missing(first.ratio, place) {
                        sum.add(value, request(place));
                    }
                }
                Group::Unready if counts_unready => sum.add(0, request(place)),
                _ => {}
            }
        }
        let second = usage(&sum)?.ratio;
        let turns = (first.ratio < 1.0 && second > 1.0) || (first.ratio > 1.0 && second < 1.0);
        if self.is_near(second) || turns {
            return Ok(answer(self.replicas));
        }
        let replicas = whole((second * sum.samples as f64).ceil());
        // More or fewer pods than replicas, as in the middle of a rollout, must not turn it either.
        let turns = (second < 1.0 && replicas > self.replicas)
            || (second > 1.0 && replicas < self.replicas);
        Ok(answer(if turns { self.replicas } else { replicas }))
    }
}

fn added_up(values: &[i64]) -> Result<i64, Failure> {
    if values.is_empty() {
        return Err(Failure::NoMetrics);
    }
    Ok(values.iter().fold(0, |total, value| i64::saturating_add(total, *value)))
}

#[cfg(test)]
mod tests {
    use super::super::Readiness;
    use super::*;

    /// So many ready pods.
    fn pods(count: usize) -> Vec<Pod> {
        let readiness = Some(Readiness { ready: true, changed_ns: 0 });
        let phase = Phase::Running;
        vec![Pod { phase, deleted: false, readiness, started_ns: Some(0) }; count]
    }

    /// Samples of these values, of the pods from the first on.
    fn samples(values: &[i64]) -> Vec<Sample> {
        let sample = |(place, value): (usize, &i64)| Sample {
            pod: Some(place),
            value: *value,
            taken_ns: 0,
            window_ns: 0,
        };
        values.iter().enumerate().map(sample).collect()
    }

    /// Asks a workload of so many replicas, all of which are ready pods.
    fn ask<T>(replicas: i32, question: impl FnOnce(&Calculator<'_>) -> T) -> T {
        let settings = Settings::default();
        let pods = pods(replicas.unsigned_abs() as usize);
        question(&Calculator { settings: &settings, now_ns: u64::MAX, replicas, pods: &pods })
    }

    #[test]
    fn a_pod_without_a_sample_counts_as_the_target_on_the_way_down_and_as_idle_on_the_way_up() {
        let check = |values: &[i64], expected, average| {
            let found = ask(4, |calculator| calculator.per_pod(&samples(values), 10)).unwrap();
            assert_eq!((found.replicas, found.value), (expected, average), "{values:?}");
        };
        check(&[5, 5, 5], 3, 5); // (15 + 10) / 4 = 6; 0.6 * 4
        check(&[20, 20, 20], 6, 20); // 60 / 4 = 15; 1.5 * 4
        check(&[12, 12, 12], 4, 12); // 36 / 4 = 9: it would turn
        check(&[5, 5, 5, 5], 2, 5);
    }

    #[test]
    fn a_total_scales_the_ready_pods() {
        let check = |replicas, total, expected| {
            let found = ask(replicas, |calculator| calculator.total(&[total], 100)).unwrap();
            assert_eq!((found.replicas, found.value), (expected, total), "{replicas}, {total}");
        };
        check(4, 150, 6);
        check(4, 109, 4);
        check(4, 50, 2);
        // From nothing the ready pods say nothing.
        check(0, 250, 3);
        check(0, 0, 0);
    }

    #[test]
    fn a_total_per_replica_is_divided_by_the_replicas_that_exist() {
        let check = |existing, total, expected| {
            let ask_it = |it: &Calculator<'_>| it.total_per_replica(&[total], 100, existing);
            let found = ask(4, ask_it).unwrap();
            assert_eq!((found.replicas, found.value), expected, "{existing}, {total}");
        };
        check(4, 640, (7, 160));
        check(6, 640, (6, 107));
        check(0, 640, (7, i64::MAX));
    }

    #[test]
    fn why_there_is_no_proposal() {
        let check = |replicas, requests: &[Option<i64>], samples: &[Sample], expected| {
            let found = ask(replicas, |calculator| {
                calculator.utilization(Resource::Cpu, requests, samples, 50.0)
            });
            assert_eq!(found, Err(expected));
        };
        check(0, &[], &[], Failure::NoPods);
        check(2, &[Some(1), None], &samples(&[1, 1]), Failure::NoRequest);
        check(2, &[Some(1); 2], &[], Failure::NoneReady);
        let stranger = Sample { pod: None, ..samples(&[1])[0] };
        check(2, &[Some(1); 2], &[stranger], Failure::NoneKnown);
        assert_eq!(ask(2, |calculator| calculator.total(&[], 1)), Err(Failure::NoMetrics));
    }
}
