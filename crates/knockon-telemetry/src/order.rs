//! The one order of evidence, whatever order it came in.
//!
//! Alerts are delivered again until they are resolved, exports overlap, files have any names. What a
//! verdict says must not hang on that: sums of floating point numbers and ties differ with the order of
//! their terms. So everything has one place, and what was delivered twice is there once.

use std::borrow::Cow;
use std::cmp::Ordering;

use knockon_core::{ServiceId, Timestamp};

use crate::alert::Alert;
use crate::change::Change;
use crate::evidence::{Evidence, Unplaced};
use crate::series::{Labels, Series, UserSeries};

impl Evidence {
    /// The same evidence in its one order, with nothing in it twice; copied only if it is not so already.
    ///
    /// Series are in order of service, metric and labels, and what two of the same have is put together;
    /// alerts in order of their start, changes of time. An alert that was delivered more than once is the
    /// one with the latest end: resolved counts more than firing.
    pub fn in_order(&self) -> Cow<'_, Self> {
        if self.is_in_order() {
            return Cow::Borrowed(self);
        }
        let mut evidence = self.clone();
        evidence.put_in_order();
        Cow::Owned(evidence)
    }

    /// Puts everything into its one order; see [`in_order`](Self::in_order).
    pub fn put_in_order(&mut self) {
        if self.is_in_order() {
            return;
        }
        unite(
            &mut self.series,
            |a, b| series_key(a).cmp(&series_key(b)),
            |kept, next| {
                kept.samples = kept.samples.merged(&next.samples);
                kept.baseline = kept.baseline.merged(&next.baseline);
            },
        );
        unite(
            &mut self.users,
            |a, b| users_key(a).cmp(&users_key(b)),
            |kept, next| {
                kept.samples = kept.samples.merged(&next.samples);
                kept.baseline = kept.baseline.merged(&next.baseline);
            },
        );
        // Of one alert the last delivery stays.
        self.alerts.sort_by(by_delivery);
        self.alerts.dedup_by(|next, kept| {
            let same = alert_key(next) == alert_key(kept);
            if same {
                std::mem::swap(next, kept);
            }
            same
        });
        self.changes.sort_by(|a, b| change_key(a).cmp(&change_key(b)));
        self.changes.dedup();
        unite(
            &mut self.unplaced,
            |a, b| unplaced_key(a).cmp(&unplaced_key(b)),
            |kept, next| kept.count += next.count,
        );
    }

    fn is_in_order(&self) -> bool {
        self.series.is_sorted_by(|a, b| series_key(a) < series_key(b))
            && self.users.is_sorted_by(|a, b| users_key(a) < users_key(b))
            && self.alerts.is_sorted_by(|a, b| alert_key(a) < alert_key(b))
            && self.changes.is_sorted_by(|a, b| change_key(a) < change_key(b))
            && self.unplaced.is_sorted_by(|a, b| unplaced_key(a) < unplaced_key(b))
    }
}

/// Puts a list in order, and what is equal in it together.
fn unite<T>(list: &mut Vec<T>, order: impl Fn(&T, &T) -> Ordering, merge: impl Fn(&mut T, &T)) {
    list.sort_by(&order);
    list.dedup_by(|next, kept| {
        let same = order(kept, next) == Ordering::Equal;
        if same {
            merge(kept, next);
        }
        same
    });
}

fn series_key(series: &Series) -> (ServiceId, &str, &Labels) {
    (series.service, &series.metric, &series.labels)
}

fn users_key(series: &UserSeries) -> (usize, &str, &Labels) {
    (series.journey, &series.metric, &series.labels)
}

/// What tells one alert from another: all but what is learnt while it fires.
type AlertKey<'a> =
    (Timestamp, ServiceId, &'a str, &'a Labels, Option<ServiceId>, Option<&'a String>);

fn alert_key(alert: &Alert) -> AlertKey<'_> {
    let Alert { name, service, peer, severity, starts_at, labels, .. } = alert;
    (*starts_at, *service, name, labels, *peer, severity.as_ref())
}

/// Of one alert, firing before resolved.
fn by_delivery(a: &Alert, b: &Alert) -> Ordering {
    let learnt = |alert: &Alert, other: &Alert| {
        alert.ends_at.cmp(&other.ends_at).then_with(|| alert.annotations.cmp(&other.annotations))
    };
    alert_key(a).cmp(&alert_key(b)).then_with(|| learnt(a, b))
}

type ChangeKey<'a> = (Timestamp, &'a str, &'a str, [Option<&'a String>; 3], Option<ServiceId>);

fn change_key(change: &Change) -> ChangeKey<'_> {
    let Change { time, service, service_name, kind, version, by, summary } = change;
    let words = [version.as_ref(), by.as_ref(), summary.as_ref()];
    (*time, service_name, kind.as_str(), words, *service)
}

fn unplaced_key(unplaced: &Unplaced) -> (&str, &str) {
    (&unplaced.file, &unplaced.name)
}
