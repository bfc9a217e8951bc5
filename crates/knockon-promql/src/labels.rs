//! The labels that tell one series from another.

use std::fmt;
use std::sync::Arc;

use crate::go;

/// The label that holds the name of a metric.
pub const METRIC_NAME: &str = "__name__";

/// A label: its name and its value.
pub type Label = (Arc<str>, Arc<str>);

/// The labels of a series, its metric's name among them: sorted by name, each name once, no value
/// empty (an empty value means that there is no such label).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Labels(Arc<[Label]>);

impl Default for Labels {
    fn default() -> Self {
        Self(Arc::from([]))
    }
}

impl Labels {
    /// Puts labels in order. Of a name that comes twice the last value counts.
    pub fn new(labels: impl IntoIterator<Item = Label>) -> Self {
        let mut all: Vec<Label> = labels.into_iter().collect();
        // Stable, so that the last of a name stays last.
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all.dedup_by(|later, earlier| {
            let is_same = later.0 == earlier.0;
            if is_same {
                earlier.1 = later.1.clone();
            }
            is_same
        });
        all.retain(|(_, value)| !value.is_empty());
        Self(all.into())
    }

    /// Labels of plain texts, as in `[("job", "node")]`.
    pub fn of<N: AsRef<str>, V: AsRef<str>>(labels: impl IntoIterator<Item = (N, V)>) -> Self {
        Self::new(
            labels.into_iter().map(|(name, value)| (name.as_ref().into(), value.as_ref().into())),
        )
    }

    /// The value of a label, if it has it.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.shared(name).map(|value| &**value)
    }

    pub(crate) fn shared(&self, name: &str) -> Option<&Arc<str>> {
        // A handful of labels: looking at each beats halving.
        self.0.iter().find(|(of, _)| &**of == name).map(|(_, value)| value)
    }

    /// The name of the metric, if it has one.
    pub fn metric(&self) -> Option<&str> {
        self.get(METRIC_NAME)
    }

    /// All of them, the metric's name too, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// All of them, to be kept without copying their texts.
    pub fn pairs(&self) -> &[Label] {
        &self.0
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that are wanted.
    #[must_use]
    pub fn filtered(&self, mut is_wanted: impl FnMut(&str) -> bool) -> Self {
        if self.0.iter().all(|(name, _)| is_wanted(name)) {
            return self.clone();
        }
        Self(self.0.iter().filter(|(name, _)| is_wanted(name)).cloned().collect())
    }

    /// Without the name of the metric.
    #[must_use]
    pub fn nameless(&self) -> Self {
        self.filtered(|name| name != METRIC_NAME)
    }

    /// With a label set to a value; an empty value takes it away.
    #[must_use]
    pub fn with(&self, name: impl Into<Arc<str>>, value: impl Into<Arc<str>>) -> Self {
        Self::new(self.0.iter().cloned().chain([(name.into(), value.into())]))
    }
}

impl FromIterator<Label> for Labels {
    fn from_iter<I: IntoIterator<Item = Label>>(labels: I) -> Self {
        Self::new(labels)
    }
}

/// Whether a label or a metric can be written without quotes.
pub fn is_plain_name(name: &str, may_have_colons: bool) -> bool {
    let is_start =
        |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || (may_have_colons && byte == b':');
    let mut bytes = name.bytes();
    bytes.next().is_some_and(is_start) && bytes.all(|byte| is_start(byte) || byte.is_ascii_digit())
}

/// As Prometheus writes them: `up{job="node"}`.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = self.metric().filter(|name| is_plain_name(name, true));
        f.write_str(plain.unwrap_or_default())?;
        let others = || self.0.iter().filter(|(name, _)| &**name != METRIC_NAME);
        let quoted = self.metric().filter(|_| plain.is_none());
        if plain.is_some() && others().next().is_none() {
            return Ok(());
        }
        f.write_str("{")?;
        let mut comma = "";
        if let Some(name) = quoted {
            write!(f, "{}", Quoted(name))?;
            comma = ", ";
        }
        for (name, value) in others() {
            f.write_str(comma)?;
            comma = ", ";
            if is_plain_name(name, false) {
                f.write_str(name)?;
            } else {
                write!(f, "{}", Quoted(name))?;
            }
            write!(f, "={}", Quoted(value))?;
        }
        f.write_str("}")
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text in double quotes, with what is special in it escaped.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&go::quoted(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_sorted_once_each_and_not_empty() {
        let labels = Labels::of([("job", "b"), ("__name__", "up"), ("job", "a"), ("no", "")]);
        assert_eq!(labels.to_string(), r#"up{job="a"}"#);
        assert_eq!(labels.len(), 2);
        assert_eq!(
            (labels.metric(), labels.get("job"), labels.get("no")),
            (Some("up"), Some("a"), None)
        );
    }

    #[test]
    fn labels_are_written_as_prometheus_writes_them() {
        let check = |labels: &[(&str, &str)], expected: &str| {
            assert_eq!(Labels::of(labels.iter().copied()).to_string(), expected);
        };
        check(&[], "{}");
        check(&[("__name__", "up")], "up");
        check(&[("__name__", "a:b"), ("x", "1")], r#"a:b{x="1"}"#);
        check(&[("x", "a \"b\" \\ c\nd")], r#"{x="a \"b\" \\ c\nd"}"#);
        check(&[("__name__", "a.b"), ("x", "1")], r#"{"a.b", x="1"}"#);
        check(&[("a:b", "1")], r#"{"a:b"="1"}"#);
        check(&[("a.b", "1"), ("c", "2")], r#"{"a.b"="1", c="2"}"#);
    }

    #[test]
    fn taking_and_setting_labels_makes_others() {
        let labels = Labels::of([("__name__", "up"), ("job", "a")]);
        assert_eq!(labels.nameless().to_string(), r#"{job="a"}"#);
        assert_eq!(labels.with("job", "b").to_string(), r#"up{job="b"}"#);
        assert_eq!(labels.with("job", "").to_string(), "up");
        assert_eq!(labels.with("a", "1").to_string(), r#"up{a="1", job="a"}"#);
    }
}
