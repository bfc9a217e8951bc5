//! What a query answers.

use crate::labels::Labels;

/// What a query answers, and what was noticed on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The result.
    pub value: Value,
    /// What is likely wrong, as in `PromQL warning: … (1:5)`.
    pub warnings: Vec<String>,
    /// What may be wrong, as in `PromQL info: … (1:5)`.
    pub infos: Vec<String>,
}

/// The result of a query. Times are in milliseconds since 1970.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A number at a moment.
    Scalar {
        /// When.
        time_ms: i64,
        /// The number.
        value: f64,
    },
    /// A text at a moment.
    String {
        /// When.
        time_ms: i64,
        /// The text.
        text: String,
    },
    /// Series with one sample each, all of one moment.
    Vector(Vec<Sample>),
    /// Series with samples over a time, in the order of their labels.
    Matrix(Vec<Points>),
}

impl Value {
    /// The word for its kind, as in the answers of Prometheus.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Scalar { .. } => "scalar",
            Self::String { .. } => "string",
            Self::Vector(_) => "vector",
            Self::Matrix(_) => "matrix",
        }
    }
}

/// A sample with its labels.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Whose.
    pub labels: Labels,
    /// When.
    pub time_ms: i64,
    /// What.
    pub value: f64,
}

/// The samples of a series, or of what was reckoned from some.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    /// Whose.
    pub labels: Labels,
    /// When and what, in the order of time.
    pub samples: Vec<(i64, f64)>,
}
