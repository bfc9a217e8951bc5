//! From a ranking to an incident: symptoms with their paths, what stays unexplained, who owns it.

use knockon_core::ServiceId;
use knockon_telemetry::{Evidence, Labels};

use crate::answers::Answers;
use crate::deviation::Deviation;
use crate::family::{Blame, Family};
use crate::graph::Edge;
use crate::incident::{
    AlertRole, Before, Cause, Certainty, EvidenceCount, FamilyShare, Finding, Hop, Incident,
    JourneyHurt, Look, Owner, Role, RunbookRef, ServiceState, Symptom,
};
use crate::logged::FINDINGS_MAX;
use crate::rank::{Candidate, Ranking};
use crate::scene::Scene;
use crate::signal::{has_word, statistic_rank};
use crate::suspects::{Moments, suspects};
use crate::window::Windows;

/// From here on the first candidate is clear: about two to one against any other.
const CLEAR_FROM: f64 = 0.66;

/// Without an alert, a family of evidence must be trusted by this much to speak of an incident.
const WEAK_TRUST: f64 = 0.5;

/// Words of metrics of memory.
const MEMORY: &[&str] = &["mem", "memory", "rss", "heap"];

/// Everything an incident is told from.
pub(crate) struct Story<'a> {
    pub(crate) scene: &'a Scene<'a>,
    pub(crate) ranking: &'a Ranking,
    pub(crate) windows: Windows,
}

impl Story<'_> {
    pub(crate) fn tell(&self, evidence: &Evidence, series_unmeasured: usize) -> Incident {
        let first = self.ranking.candidates.first();
        let named = &self.ranking.candidates[..self.ranking.named];
        let in_trouble: Vec<ServiceId> =
            self.scene.system.service_ids().filter(|id| self.scene.in_trouble(*id)).collect();
        let symptoms = self.symptoms(named, &in_trouble);
        let unexplained: Vec<ServiceState> = in_trouble
            .iter()
            .filter(|id| !named.iter().any(|cause| cause.spread.reaches(**id)))
            .map(|id| self.state(*id))
            .collect();
        let cause_since = first.and_then(|cause| self.scene.since(cause.service));
        let began = symptoms.iter().filter_map(|s| s.state.since).chain(cause_since).min();
        let certainty = self.certainty();
        // Where two are close, a change on the first is as likely as that.
        let odds = if certainty == Certainty::Close { self.ranking.odds } else { 1.0 };
        let cause = first.filter(|_| certainty != Certainty::Weak).map(|cause| (cause, odds));
        let moments = Moments { began, cause_since, at: self.windows.at };
        Incident {
            system: self.scene.system.name().to_owned(),
            at: self.windows.at,
            certainty,
            confidence: self.ranking.confidence,
            named: self.ranking.named,
            began,
            before: Before { until: self.windows.before_end, basis: self.windows.basis.as_str() },
            causes: self.causes(&in_trouble),
            look_next: self.look_next(certainty),
            journeys: self.journeys(named),
            alerts: self.alerts(named),
            changes: suspects(self.scene, cause, moments),
            evidence: self.count(evidence, series_unmeasured),
            symptoms,
            unexplained,
            answers: Answers::default(),
        }
    }

    fn certainty(&self) -> Certainty {
        match self.ranking.candidates.as_slice() {
            [] => Certainty::Nothing,
            _ if self.is_weak() => Certainty::Weak,
            _ if self.rival().is_some() && self.ranking.odds < CLEAR_FROM => Certainty::Close,
            _ => Certainty::Clear,
        }
    }

    /// The likeliest candidate that is not named as a cause.
    fn rival(&self) -> Option<&Candidate> {
        self.ranking.candidates.get(self.ranking.named)
    }

    fn look_next(&self, certainty: Certainty) -> Vec<Look> {
        match (certainty, self.ranking.named) {
            (Certainty::Close, 1) => self.scene.look_next(&self.ranking.candidates[..2]),
            (Certainty::Close | Certainty::Weak, _) => {
                self.scene.look_next(&self.ranking.candidates[..1])
            }
            _ => Vec::new(),
        }
    }

    fn is_weak(&self) -> bool {
        // More is used when more is asked for: without an alert, a surge of demand that users do not
        // feel is business.
        let is_asked_more =
            self.scene.system.service_ids().any(|id| self.scene.surge(id).is_some());
        let is_felt = |family: &Blame| matches!(family.family, Family::Latency | Family::Errors);
        let counts = |family: &&Blame| !is_asked_more || is_felt(family);
        let weights = self.ranking.blame.iter().filter(counts).map(|family| family.weight);
        let trusted = weights.fold(0.0, f64::max);
        trusted < WEAK_TRUST && self.scene.alarms.iter().next().is_none()
    }

    fn causes(&self, in_trouble: &[ServiceId]) -> Vec<Cause> {
        let candidates = self.ranking.candidates.iter();
        candidates.enumerate().map(|(index, c)| self.cause(index + 1, c, in_trouble)).collect()
    }

    fn cause(&self, rank: usize, candidate: &Candidate, in_trouble: &[ServiceId]) -> Cause {
        let system = self.scene.system;
        let id = candidate.service;
        let families = self.ranking.blame.iter().filter_map(|blame| {
            let share = blame.shares[id.index()];
            let family = blame.family.as_str();
            (share > 0.0).then_some(FamilyShare { family, share, weight: blame.weight })
        });
        Cause {
            rank,
            service: self.name(id),
            kind: system.service(id).kind.as_str(),
            score: candidate.score,
            families: families.collect(),
            since: self.scene.since(id),
            findings: self.findings(id),
            covers: candidate.covers,
            against: self.scene.against(candidate),
            explains: in_trouble.iter().filter(|other| candidate.spread.reaches(**other)).count(),
            owner: system.owner(id).map(|team| Owner {
                team: team.name.clone(),
                contact: team.contact.clone(),
                escalation: team.escalation.clone(),
            }),
            runbook: system.runbook(id).map(|runbook| RunbookRef {
                name: runbook.name.clone(),
                title: runbook.title.clone(),
                page: runbook.page.clone(),
                steps: runbook.steps.clone(),
            }),
        }
    }

    /// What the named causes explain, each by the first of them that reaches it.
    fn symptoms(&self, named: &[Candidate], in_trouble: &[ServiceId]) -> Vec<Symptom> {
        let by = |id: ServiceId| named.iter().find(|cause| cause.spread.reaches(id));
        let is_named = |id: ServiceId| named.iter().any(|cause| cause.service == id);
        let mut symptoms: Vec<Symptom> = in_trouble
            .iter()
            .filter(|id| !is_named(**id))
            .filter_map(|id| Some((*id, by(*id)?)))
            .map(|(id, cause)| Symptom {
                state: self.state(id),
                path: cause.spread.path(id).iter().map(|edge| self.hop(edge)).collect(),
            })
            .collect();
        symptoms.sort_by_key(|symptom| symptom.path.len());
        symptoms
    }

    fn hop(&self, edge: &Edge) -> Hop {
        Hop {
            from: self.name(edge.from),
            to: self.name(edge.to),
            dependency: edge.dependency.kind.as_str(),
            travel: edge.travel.as_str(),
            silent: !self.scene.in_trouble(edge.to),
        }
    }

    fn state(&self, id: ServiceId) -> ServiceState {
        ServiceState {
            service: self.name(id),
            team: self.scene.system.owner(id).map(|team| team.name.clone()),
            since: self.scene.since(id),
            findings: self.findings(id),
        }
    }

    /// What strays about a service, the strongest first, then its alerts. A candidate that strays
    /// too little to count still shows its strongest metric.
    fn findings(&self, id: ServiceId) -> Vec<Finding> {
        let mut strays: Vec<_> = self.scene.deviations_of(id).filter(|d| d.is_far()).collect();
        if strays.is_empty() {
            strays.extend(self.scene.deviations_of(id).filter(|d| d.z >= 1.0));
        }
        // Allocating takes processor time, computing takes no memory: where memory doubled, it is first.
        let is_grown = |d: &&Deviation<'_>| {
            MEMORY.iter().any(|word| has_word(&d.series.metric, word))
                && d.is_adverse()
                && d.during >= 2.0 * d.before
        };
        // Of deviations that are about as strong the one that stands best for what users feel.
        let key = |d: &&Deviation<'_>| {
            let size = -(d.z.abs() / 10.0).round();
            ((!d.is_adverse(), !is_grown(d)), size, statistic_rank(&d.series.metric))
        };
        let mut keyed: Vec<_> = strays.into_iter().map(|d| (key(&d), d)).collect();
        keyed.sort_by(|((a_sort, a_size, a_rank), _), ((b_sort, b_size, b_rank), _)| {
            a_sort.cmp(b_sort).then(a_size.total_cmp(b_size)).then(a_rank.cmp(b_rank))
        });
        let metrics = keyed.into_iter().map(|(_, d)| Finding::Metric {
            metric: d.series.metric.clone(),
            labels: spelled(&d.series.labels),
            signal: d.reading.signal.as_str(),
            before: d.before,
            during: d.during,
            z: d.z,
            since: d.onset,
        });
        let alerts = self.scene.alarms.on(id).map(|alert| Finding::Alert {
            name: alert.name.clone(),
            since: alert.starts_at,
            peer: alert.peer.map(|peer| self.name(peer)),
        });
        metrics.chain(self.log_findings(id)).chain(alerts).collect()
    }

    /// What logs say of a service, what names a cause first.
    fn log_findings(&self, id: ServiceId) -> impl Iterator<Item = Finding> + '_ {
        self.scene.logs.about(id).take(FINDINGS_MAX).map(|logged| Finding::Log {
            service: self.name(logged.template.service),
            peer: logged.template.peer.map(|peer| self.name(peer)),
            template: logged.template.template.clone(),
            level: logged.template.level.as_str(),
            count: logged.lines(),
            before: logged.before,
            since: logged.since,
            says: logged.says.map(|saying| saying.what),
        })
    }

    fn alerts(&self, named: &[Candidate]) -> Vec<AlertRole> {
        let role = |service| {
            if named.iter().any(|cause| cause.service == service) {
                Role::Cause
            } else if named.iter().any(|cause| cause.spread.reaches(service)) {
                Role::Symptom
            } else {
                Role::Unexplained
            }
        };
        let alarms = self.scene.alarms;
        let fired = alarms.iter().map(|alert| (alert, role(alert.service)));
        let background = alarms.background().iter().map(|alert| (*alert, Role::Background));
        let alerts = fired.chain(background).map(|(alert, role)| AlertRole {
            name: alert.name.clone(),
            service: self.name(alert.service),
            severity: alert.severity.clone(),
            since: alert.starts_at,
            firing: alert.ends_at.is_none_or(|end| end > self.windows.at),
            role,
        });
        alerts.collect()
    }

    /// The journeys that cross the cause or what it explains; all in trouble when there is none.
    fn journeys(&self, named: &[Candidate]) -> Vec<JourneyHurt> {
        let explained = |id| named.is_empty() || named.iter().any(|cause| cause.spread.reaches(id));
        let concerns = |id: &&ServiceId| self.scene.in_trouble(**id) && explained(**id);
        let hurt = self.scene.system.journeys().iter().filter_map(|journey| {
            let crosses: Vec<_> =
                journey.through.iter().filter(concerns).map(|id| self.name(*id)).collect();
            let at_stake = journey.demand.zip(journey.value).map(|(d, v)| d.per_hour * v.amount);
            (!crosses.is_empty()).then(|| JourneyHurt {
                name: journey.name.clone(),
                crosses,
                demand_per_hour: journey.demand.map(|demand| demand.per_hour),
                at_stake_per_hour: at_stake,
                currency: journey.value.map(|value| value.currency.to_string()),
            })
        });
        hurt.collect()
    }

    fn count(&self, evidence: &Evidence, series_unmeasured: usize) -> EvidenceCount {
        let at = self.windows.at;
        let samples = evidence.series.iter().map(|series| {
            series.baseline.len() + series.samples.unix_ms().partition_point(|t| *t <= at.unix_ms)
        });
        EvidenceCount {
            series: evidence.series.len(),
            samples: samples.sum(),
            series_unmeasured,
            alerts: self.scene.alarms.iter().count() + self.scene.alarms.background().len(),
            changes: evidence.changes.iter().filter(|change| change.time <= at).count(),
            unplaced: evidence.unplaced.len(),
        }
    }

    fn name(&self, id: ServiceId) -> String {
        self.scene.system.service(id).name.clone()
    }
}

/// Labels as Prometheus writes them; nothing when there are none.
fn spelled(labels: &Labels) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let pairs: Vec<_> = labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    format!("{{{}}}", pairs.join(","))
}
