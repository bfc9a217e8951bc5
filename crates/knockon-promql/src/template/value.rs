//! What templates reckon with.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::time::{Duration, Time};

/// A value in a template, with the types that Prometheus gives to templates of rules.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// Nothing: Go's `nil`, and what was looked up in it.
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    String(Rc<str>),
    /// Labels: texts by name, where a missing one is empty.
    Texts(Rc<BTreeMap<String, String>>),
    /// Values by name, where a missing one is nothing.
    Map(Rc<BTreeMap<String, Value>>),
    Sample(Rc<Sample>),
    /// What `query` answers.
    Vector(Rc<[Rc<Sample>]>),
    /// What a rule's template begins with.
    Data(Rc<Data>),
    Time(Time),
    Duration(Duration),
}

#[derive(Debug)]
pub(super) struct Sample {
    pub(super) labels: Rc<BTreeMap<String, String>>,
    pub(super) value: f64,
}

/// What a rule's template can speak of.
#[derive(Debug)]
pub(super) struct Data {
    pub(super) labels: Rc<BTreeMap<String, String>>,
    pub(super) external_labels: Rc<BTreeMap<String, String>>,
    pub(super) external_url: Rc<str>,
    pub(super) value: f64,
}

/// The types among which comparisons work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Basic {
    Bool,
    Int,
    Float,
    String,
}

impl Value {
    pub(super) fn string(text: impl Into<Rc<str>>) -> Self {
        Self::String(text.into())
    }

    /// Whether `if` takes it for true.
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::None => false,
            Self::Bool(value) => *value,
            Self::Int(value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::String(text) => !text.is_empty(),
            Self::Texts(texts) => !texts.is_empty(),
            Self::Map(values) => !values.is_empty(),
            Self::Vector(samples) => !samples.is_empty(),
            Self::Sample(_) | Self::Data(_) | Self::Time(_) | Self::Duration(_) => true,
        }
    }

    /// Its type in Go's words.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::None => "<nil>",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float64",
            Self::String(_) => "string",
            Self::Texts(_) => "map[string]string",
            Self::Map(_) => "map[string]interface {}",
            Self::Sample(_) => "*template.sample",
            Self::Vector(_) => "template.queryResult",
            Self::Data(_) => {
                "struct { Labels map[string]string; ExternalLabels map[string]string; \
                 ExternalURL string; Value interface {} }"
            }
            Self::Time(_) => "*time.Time",
            Self::Duration(_) => "*time.Duration",
        }
    }

    pub(super) fn basic(&self) -> Option<Basic> {
        Some(match self {
            Self::Bool(_) => Basic::Bool,
            Self::Int(_) => Basic::Int,
            Self::Float(_) => Basic::Float,
            Self::String(_) => Basic::String,
            _ => return None,
        })
    }

    /// As a number, where Prometheus takes numbers and texts.
    pub(super) fn to_float(&self) -> Result<f64, String> {
        match self {
            Self::Float(value) => Ok(*value),
            Self::Int(value) => Ok(*value as f64),
            Self::Duration(duration) => Ok(duration.seconds()),
            Self::String(text) => parse_float(text).ok_or_else(|| {
                format!("strconv.ParseFloat: parsing {}: invalid syntax", crate::go::quoted(text))
            }),
            _ => Err(format!("can't convert {} to float", self.type_name())),
        }
    }

    /// What a field of it is; `None` if it has no such field.
    pub(super) fn field(&self, name: &str) -> Option<Self> {
        Some(match self {
            Self::None => Self::None,
            Self::Texts(texts) => {
                Self::string(texts.get(name).map(String::as_str).unwrap_or_default())
            }
            Self::Map(values) => values.get(name).cloned().unwrap_or(Self::None),
            Self::Sample(sample) => match name {
                "Labels" => Self::Texts(sample.labels.clone()),
                "Value" => Self::Float(sample.value),
                _ => return None,
            },
            Self::Data(data) => match name {
                "Labels" => Self::Texts(data.labels.clone()),
                "ExternalLabels" => Self::Texts(data.external_labels.clone()),
                "ExternalURL" => Self::String(data.external_url.clone()),
                "Value" => Self::Float(data.value),
                _ => return None,
            },
            _ => return None,
        })
    }
}

/// A number as Go's `strconv.ParseFloat` reads it, without hexadecimal ones.
fn parse_float(text: &str) -> Option<f64> {
    let lower = text.to_ascii_lowercase();
    let unsigned = lower.strip_prefix(['+', '-']).unwrap_or(&lower);
    let is_word = matches!(unsigned, "inf" | "infinity" | "nan");
    let is_number = unsigned.bytes().all(|byte| byte.is_ascii_digit() || b".e+-".contains(&byte));
    // "-nan" is none in Go.
    let is_signed_nan = unsigned == "nan" && unsigned.len() != lower.len();
    if (is_word || is_number) && !is_signed_nan { lower.parse().ok() } else { None }
}
