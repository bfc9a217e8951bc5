//! Series in memory: samples in the order of time, found by their labels.
//!
//! Times and values of a series lie in two arrays, so that a range of them is two slices and nothing
//! is copied. Labels share their texts. For every label there is a list of the series that have it.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::labels::{Label, Labels};
use crate::matcher::{MatchOp, Matcher};
use crate::special;

/// The number of a series in its store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeriesId(u32);

/// Fewer series than this are put in order by comparing their labels.
const FEW: usize = 32;

/// Many series.
#[derive(Debug, Clone, Default)]
pub struct Store {
    series: Vec<Series>,
    ids: HashMap<Labels, SeriesId>,
    /// By name and value of a label, the series that have it, in the order of their numbers.
    postings: HashMap<Arc<str>, HashMap<Arc<str>, Vec<SeriesId>>>,
    texts: HashSet<Arc<str>>,
    /// The place of each series in the order of labels; nothing after a new one came.
    ranks: OnceLock<Vec<u32>>,
}

/// A series: its labels, and its samples in the order of time.
#[derive(Debug, Clone)]
pub struct Series {
    labels: Labels,
    times_ms: Vec<i64>,
    values: Vec<f64>,
}

impl Series {
    /// Its labels, the metric's name among them.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// When its samples were taken, in milliseconds since 1970.
    pub fn times_ms(&self) -> &[i64] {
        &self.times_ms
    }

    /// Its values, one for each time; among them markers that it ended ([`special::is_stale`]).
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The samples after one time and until another, that one included.
    pub fn between(&self, after_ms: i64, until_ms: i64) -> (&[i64], &[f64]) {
        let from = self.times_ms.partition_point(|time| *time <= after_ms);
        let to = self.times_ms.partition_point(|time| *time <= until_ms).max(from);
        (&self.times_ms[from..to], &self.values[from..to])
    }
}

/// Why a sample was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAppended {
    /// The series has a later one.
    OutOfOrder,
    /// The series has another value for that moment.
    Duplicate,
}

impl fmt::Display for NotAppended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutOfOrder => "out of order sample",
            Self::Duplicate => "duplicate sample for timestamp",
        })
    }
}

impl std::error::Error for NotAppended {}

impl Store {
    /// A store without series.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many series there are.
    pub fn len(&self) -> usize {
        self.series.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// All series, in the order in which they came.
    pub fn series(&self) -> impl ExactSizeIterator<Item = &Series> {
        self.series.iter()
    }

    /// A series by its number.
    pub fn get(&self, id: SeriesId) -> &Series {
        &self.series[id.0 as usize]
    }

    /// The series with exactly these labels, if there is one.
    pub fn find(&self, labels: &Labels) -> Option<SeriesId> {
        self.ids.get(labels).copied()
    }

    /// The series with exactly these labels; a new one without samples if there was none.
    pub fn open(&mut self, labels: &Labels) -> SeriesId {
        if let Some(id) = self.ids.get(labels) {
            return *id;
        }
        let labels: Labels = labels.pairs().iter().map(|pair| self.shared(pair)).collect();
        // More than four thousand million series do not fit in memory.
        let id = SeriesId(u32::try_from(self.series.len()).unwrap_or(u32::MAX));
        for (name, value) in labels.pairs() {
            let values = self.postings.entry(name.clone()).or_default();
            values.entry(value.clone()).or_default().push(id);
        }
        self.ids.insert(labels.clone(), id);
        self.ranks.take();
        self.series.push(Series { labels, times_ms: Vec::new(), values: Vec::new() });
        id
    }

    fn shared(&mut self, (name, value): &Label) -> Label {
        (self.shared_text(name), self.shared_text(value))
    }

    fn shared_text(&mut self, text: &Arc<str>) -> Arc<str> {
        if let Some(text) = self.texts.get(text) {
            return text.clone();
        }
        self.texts.insert(text.clone());
        text.clone()
    }

    /// Adds a sample at the end of a series. The same sample once more changes nothing.
    pub fn append(&mut self, id: SeriesId, time_ms: i64, value: f64) -> Result<(), NotAppended> {
        let series = &mut self.series[id.0 as usize];
        match series.times_ms.last() {
            Some(last) if time_ms < *last => return Err(NotAppended::OutOfOrder),
            Some(last) if time_ms == *last => {
                let is_same = series.values.last().map(|it| it.to_bits()) == Some(value.to_bits());
                return if is_same { Ok(()) } else { Err(NotAppended::Duplicate) };
            }
            _ => {}
        }
        series.times_ms.push(time_ms);
        series.values.push(value);
        Ok(())
    }

    /// Adds samples in any order. Of a moment that comes twice the last value counts.
    pub fn merge(&mut self, id: SeriesId, samples: impl IntoIterator<Item = (i64, f64)>) {
        let series = &mut self.series[id.0 as usize];
        let mut is_in_order = true;
        for (time_ms, value) in samples {
            is_in_order &= series.times_ms.last().is_none_or(|last| *last < time_ms);
            series.times_ms.push(time_ms);
            series.values.push(value);
        }
        if is_in_order {
            return;
        }
        let times = series.times_ms.iter().copied();
        let mut pairs: Vec<(i64, f64)> = times.zip(series.values.iter().copied()).collect();
        pairs.sort_by_key(|(time, _)| *time);
        pairs.dedup_by(|later, earlier| {
            let is_same = later.0 == earlier.0;
            if is_same {
                earlier.1 = later.1;
            }
            is_same
        });
        (series.times_ms, series.values) = pairs.into_iter().unzip();
    }

    /// The series that meet all conditions, in the order of their labels.
    pub fn select(&self, matchers: &[Matcher]) -> Vec<SeriesId> {
        let meets = |id: &SeriesId| {
            let labels = &self.get(*id).labels;
            matchers.iter().all(|it| it.is_match(labels.get(&it.name).unwrap_or_default()))
        };
        let mut ids: Vec<SeriesId> = if let Some(candidates) = self.candidates(matchers) {
            candidates.iter().copied().filter(meets).collect()
        } else {
            let all = 0..u32::try_from(self.series.len()).unwrap_or(u32::MAX);
            all.map(SeriesId).filter(meets).collect()
        };
        if ids.len() < FEW {
            ids.sort_by(|a, b| self.get(*a).labels.cmp(&self.get(*b).labels));
        } else {
            let ranks = self.ranks.get_or_init(|| self.ranked());
            ids.sort_unstable_by_key(|id| ranks[id.0 as usize]);
        }
        ids
    }

    fn ranked(&self) -> Vec<u32> {
        let mut order: Vec<usize> = (0..self.series.len()).collect();
        order.sort_by(|a, b| self.series[*a].labels.cmp(&self.series[*b].labels));
        let mut ranks = vec![0; order.len()];
        for (rank, series) in order.into_iter().enumerate() {
            ranks[series] = u32::try_from(rank).unwrap_or(u32::MAX);
        }
        ranks
    }

    /// The shortest list that has every series that could meet the conditions; nothing if only all
    /// series have them all.
    fn candidates(&self, matchers: &[Matcher]) -> Option<std::borrow::Cow<'_, [SeriesId]>> {
        use std::borrow::Cow;
        let mut shortest: Option<&[SeriesId]> = None;
        for matcher in matchers {
            if matcher.op != MatchOp::Equal || matcher.value.is_empty() {
                continue;
            }
            let values = self.postings.get(matcher.name.as_str());
            let list = values.and_then(|values| values.get(matcher.value.as_str()));
            let list = list.map_or(&[] as &[_], Vec::as_slice);
            if shortest.is_none_or(|shortest| list.len() < shortest.len()) {
                shortest = Some(list);
            }
        }
        if let Some(list) = shortest {
            return Some(Cow::Borrowed(list));
        }
        let needed = matchers.iter().find(|it| it.op == MatchOp::Matches && !it.is_match(""))?;
        let values = self.postings.get(needed.name.as_str());
        let lists = values.into_iter().flatten().filter(|(value, _)| needed.is_match(value));
        Some(Cow::Owned(lists.flat_map(|(_, ids)| ids.iter().copied()).collect()))
    }

    /// The values that a label has, in order.
    pub fn label_values(&self, name: &str) -> Vec<&str> {
        let values = self.postings.get(name).into_iter().flatten();
        let mut values: Vec<&str> = values.map(|(value, _)| &**value).collect();
        values.sort_unstable();
        values
    }
}

/// What one target told last, so that a series that it no longer tells is marked as ended
/// (<https://prometheus.io/docs/prometheus/latest/querying/basics/#staleness>).
#[derive(Debug, Clone, Default)]
pub struct Scraper {
    last: Vec<SeriesId>,
}

impl Scraper {
    /// Stores what a target tells now, and ends the series that it told the last time and now does
    /// not. A target that does not answer tells nothing. Answers with the samples not taken.
    pub fn scrape(
        &mut self,
        store: &mut Store,
        time_ms: i64,
        samples: impl IntoIterator<Item = (SeriesId, f64)>,
    ) -> Vec<(SeriesId, NotAppended)> {
        let mut told = Vec::new();
        let mut refused = Vec::new();
        for (id, value) in samples {
            told.push(id);
            if let Err(error) = store.append(id, time_ms, value) {
                refused.push((id, error));
            }
        }
        told.sort_unstable();
        for id in std::mem::replace(&mut self.last, told) {
            if self.last.binary_search(&id).is_err()
                && let Err(error) = store.append(id, time_ms, special::STALE)
            {
                refused.push((id, error));
            }
        }
        refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use MatchOp::{Equal, Matches, NotEqual, NotMatches};

    fn store(series: &[&[(&str, &str)]]) -> Store {
        let mut store = Store::new();
        for labels in series {
            store.open(&Labels::of(labels.iter().copied()));
        }
        store
    }

    #[test]
    fn series_are_found_by_conditions_on_their_labels() {
        let store = store(&[
            &[("__name__", "up"), ("job", "b")],
            &[("__name__", "up"), ("job", "a")],
            &[("__name__", "up")],
            &[("__name__", "down"), ("job", "a")],
        ]);
        let check = |matchers: &[(&str, MatchOp, &str)], expected: &[&str]| {
            let matchers: Vec<Matcher> =
                matchers.iter().map(|(n, op, v)| Matcher::new(*n, *op, *v).unwrap()).collect();
            let found: Vec<_> = store
                .select(&matchers)
                .iter()
                .map(|id| store.get(*id).labels.to_string())
                .collect();
            assert_eq!(found, expected, "{matchers:?}");
        };
        check(&[("__name__", Equal, "up")], &["up", r#"up{job="a"}"#, r#"up{job="b"}"#]);
        check(&[("job", Equal, "a")], &[r#"down{job="a"}"#, r#"up{job="a"}"#]);
        check(&[("__name__", Equal, "up"), ("job", Equal, "")], &["up"]);
        check(&[("__name__", Equal, "up"), ("job", NotEqual, "a")], &["up", r#"up{job="b"}"#]);
        check(&[("job", Matches, "b|c")], &[r#"up{job="b"}"#]);
        check(
            &[("job", Matches, ".*"), ("__name__", Matches, "u.")],
            &["up", r#"up{job="a"}"#, r#"up{job="b"}"#],
        );
        check(&[("job", NotMatches, ".+")], &["up"]);
        check(&[("job", Equal, "z")], &[]);
        check(&[("none", Equal, "z")], &[]);
        assert_eq!(store.label_values("job"), ["a", "b"]);
    }

    #[test]
    fn samples_come_in_order_and_once() {
        let mut store = Store::new();
        let id = store.open(&Labels::of([("__name__", "a")]));
        assert_eq!(store.append(id, 10, 1.0), Ok(()));
        assert_eq!(store.append(id, 10, 1.0), Ok(()));
        assert_eq!(store.append(id, 10, 2.0), Err(NotAppended::Duplicate));
        assert_eq!(store.append(id, 9, 2.0), Err(NotAppended::OutOfOrder));
        assert_eq!(store.append(id, 20, 3.0), Ok(()));
        assert_eq!(store.get(id).between(10, 20), (&[20_i64] as &[_], &[3.0] as &[_]));
        assert_eq!(store.get(id).between(9, 19).0, [10]);
        assert_eq!(store.get(id).between(30, 20).0, [] as [i64; 0]);
        assert_eq!(store.get(id).between(15, 5).0, [] as [i64; 0]);
        store.merge(id, [(5, 0.5), (20, 4.0), (30, 5.0)]);
        assert_eq!(store.get(id).times_ms(), [5, 10, 20, 30]);
        assert_eq!(store.get(id).values(), [0.5, 1.0, 4.0, 5.0]);
        store.merge(id, [(40, 6.0), (40, 7.0)]);
        assert_eq!(store.get(id).times_ms(), [5, 10, 20, 30, 40]);
        assert_eq!(store.get(id).values(), [0.5, 1.0, 4.0, 5.0, 7.0]);
    }

    #[test]
    fn a_series_that_is_no_longer_told_ends() {
        let mut store = Store::new();
        let [a, b] = ["a", "b"].map(|name| store.open(&Labels::of([("__name__", name)])));
        let mut scraper = Scraper::default();
        assert_eq!(scraper.scrape(&mut store, 10, [(b, 2.0), (a, 1.0)]), []);
        assert_eq!(scraper.scrape(&mut store, 20, [(a, 1.0)]), []);
        assert_eq!(scraper.scrape(&mut store, 30, []), []);
        assert_eq!(scraper.scrape(&mut store, 5, [(a, 1.0)]), [(a, NotAppended::OutOfOrder)]);
        let ends =
            |id| store.get(id).values().iter().map(|it| special::is_stale(*it)).collect::<Vec<_>>();
        assert_eq!((ends(a), ends(b)), (vec![false, false, true], vec![false, true]));
        assert_eq!(store.get(b).times_ms(), [10, 20]);
        // In whatever order they are told.
        let [c, d] = ["c", "d"].map(|name| store.open(&Labels::of([("__name__", name)])));
        let told = [(d, 1.0), (c, 1.0), (b, 1.0)];
        assert_eq!(scraper.scrape(&mut store, 40, told), []);
        assert_eq!(scraper.scrape(&mut store, 50, told), []);
    }
}
