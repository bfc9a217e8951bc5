//! What is known of metrics beside their samples: type, help and unit of each family.
//!
//! `OpenMetrics` names a counter's family without `_total`, the Prometheus text format with it; both
//! are taken as they come, and told apart when they are looked up.

use std::collections::BTreeMap;

/// The type of a metric family.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum FamilyType {
    /// Nothing is said of it (`untyped` in the Prometheus text format).
    #[default]
    Unknown,
    /// Only grows, but for restarts.
    Counter,
    /// Any number.
    Gauge,
    /// Cumulative buckets, with a sum and a count.
    Histogram,
    /// Buckets that are not cumulative in time.
    GaugeHistogram,
    /// Quantiles, with a sum and a count.
    Summary,
    /// Labels that say what something is.
    Info,
    /// States, of which some hold.
    StateSet,
}

use FamilyType::{Counter, Gauge, GaugeHistogram, Histogram, Info, StateSet, Summary, Unknown};

impl FamilyType {
    /// Every type, in the order of remote write 2.0
    /// (<https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/>).
    pub const ALL: [Self; 8] =
        [Unknown, Counter, Gauge, Histogram, GaugeHistogram, Summary, Info, StateSet];

    /// The word of `OpenMetrics`.
    pub fn as_str(self) -> &'static str {
        match self {
            Unknown => "unknown",
            Counter => "counter",
            Gauge => "gauge",
            Histogram => "histogram",
            GaugeHistogram => "gaugehistogram",
            Summary => "summary",
            Info => "info",
            StateSet => "stateset",
        }
    }

    /// The type that a word means; `untyped` is unknown.
    pub fn parse(word: &str) -> Option<Self> {
        if word == "untyped" {
            return Some(Unknown);
        }
        Self::ALL.into_iter().find(|it| it.as_str() == word)
    }

    /// The name of the family that a metric of this type is of.
    pub(crate) fn base_of(self, metric: &str) -> &str {
        let mut suffixes = self.suffixes().iter().filter(|suffix| !suffix.is_empty());
        let base = suffixes.find_map(|suffix| metric.strip_suffix(suffix));
        base.filter(|base| !base.is_empty()).unwrap_or(metric)
    }

    /// What the names of its samples may have behind the name of the family.
    fn suffixes(self) -> &'static [&'static str] {
        match self {
            Unknown | Gauge | StateSet => &[""],
            Counter => &["_total", "_created"],
            Histogram => &["_bucket", "_count", "_sum", "_created"],
            GaugeHistogram => &["_bucket", "_gcount", "_gsum"],
            Summary => &["", "_count", "_sum", "_created"],
            Info => &["_info"],
        }
    }
}

/// Everything that a sample's name may have behind the name of its family.
const SUFFIXES: [&str; 9] =
    ["", "_total", "_bucket", "_count", "_sum", "_gcount", "_gsum", "_info", "_created"];

/// What is known of a metric family.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Family {
    /// Its type.
    pub family_type: FamilyType,
    /// What it is, in words; may be empty.
    pub help: String,
    /// What its values count; may be empty.
    pub unit: String,
}

/// Metric families by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Families(BTreeMap<String, Family>);

impl Families {
    /// Nothing known.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is known of a family of exactly this name.
    pub fn get(&self, name: &str) -> Option<&Family> {
        self.0.get(name)
    }

    /// What is known of a family, to be changed; of a new one nothing is.
    pub fn entry(&mut self, name: &str) -> &mut Family {
        if !self.0.contains_key(name) {
            self.0.insert(name.to_owned(), Family::default());
        }
        self.0.entry(name.to_owned()).or_default()
    }

    /// All of them, in order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Family)> {
        self.0.iter().map(|(name, family)| (name.as_str(), family))
    }

    /// The family that a metric is of: its name, as `OpenMetrics` has it, and what is known of it.
    /// A metric that fits none is a family of its own, of unknown type.
    pub fn of<'m>(&self, metric: &'m str) -> (&'m str, Option<&Family>) {
        for suffix in SUFFIXES {
            let Some(base) = metric.strip_suffix(suffix).filter(|base| !base.is_empty()) else {
                continue;
            };
            let Some(family) = self.0.get(base) else { continue };
            if family.family_type.suffixes().contains(&suffix) {
                return (base, Some(family));
            }
        }
        let own = self.0.get(metric);
        match (own.map(|family| family.family_type), metric.strip_suffix("_total")) {
            // As the Prometheus text format names it.
            (Some(Counter), Some(base)) if !base.is_empty() && self.get(base).is_none() => {
                (base, own)
            }
            _ => (metric, own),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn families(all: &[(&str, FamilyType)]) -> Families {
        let mut families = Families::new();
        for (name, family_type) in all {
            families.entry(name).family_type = *family_type;
        }
        families
    }

    #[test]
    fn a_metric_is_of_the_family_whose_parts_have_its_ending() {
        let known = families(&[
            ("a", Counter),
            ("b_total", Counter),
            ("c", Histogram),
            ("d", Gauge),
            ("e", Summary),
            ("f", Info),
            ("g", Counter),
            ("i", Gauge),
            ("i_total", Counter),
        ]);
        let check = |metric: &str, base: &str, is_known: bool| {
            let (found, family) = known.of(metric);
            assert_eq!((found, family.is_some()), (base, is_known), "{metric}");
        };
        check("a_total", "a", true);
        check("a_created", "a", true);
        check("b_total", "b", true);
        check("c_bucket", "c", true);
        check("c_sum", "c", true);
        check("c_total", "c_total", false);
        check("d", "d", true);
        check("d_sum", "d_sum", false);
        check("e", "e", true);
        check("e_count", "e", true);
        check("f_info", "f", true);
        // A counter whose exporter leaves out `_total`.
        check("g", "g", true);
        check("h", "h", false);
        // Two families cannot have one name.
        check("i_total", "i_total", true);
        check("_total", "_total", false);
    }

    #[test]
    fn every_word_reads_back() {
        for it in FamilyType::ALL {
            assert_eq!(FamilyType::parse(it.as_str()), Some(it));
        }
        assert_eq!(FamilyType::parse("untyped"), Some(Unknown));
        assert_eq!(FamilyType::parse("curve"), None);
    }
}
