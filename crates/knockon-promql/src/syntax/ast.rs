//! The tree of an expression.

use std::ops::Range;

use super::function::Function;
use crate::matcher::Matcher;

/// A part of an expression, and where it stands, in bytes.
#[derive(Debug, Clone)]
pub(crate) struct Expr {
    pub(crate) span: Range<usize>,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Number(f64),
    /// A text may hold bytes that are no UTF-8, by escapes.
    Text(Vec<u8>),
    Paren(Box<Expr>),
    Negative(Box<Expr>),
    Binary(Box<Binary>),
    Aggregate(Box<Aggregate>),
    Call(Call),
    Selector(Selector),
    /// Samples of a stretch of time.
    Matrix {
        selector: Selector,
        range_ms: i64,
    },
    Subquery(Box<Subquery>),
}

/// What an expression results in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Scalar,
    Text,
    Vector,
    Matrix,
}

impl Type {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Text => "string",
            Self::Vector => "instant vector",
            Self::Matrix => "range vector",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Selector {
    /// Whether the last condition is the metric's name by itself, as in `up`.
    pub(crate) is_named: bool,
    pub(crate) matchers: Vec<Matcher>,
    pub(crate) when: When,
}

/// Of which moment something is asked, other than now.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct When {
    pub(crate) offset_ms: i64,
    pub(crate) at: Option<At>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum At {
    Moment(i64),
    Start,
    End,
}

#[derive(Debug, Clone)]
pub(crate) struct Subquery {
    pub(crate) expr: Expr,
    pub(crate) range_ms: i64,
    pub(crate) step_ms: Option<i64>,
    pub(crate) when: When,
}

#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) function: &'static Function,
    pub(crate) args: Vec<Expr>,
}

#[derive(Debug, Clone)]
pub(crate) struct Aggregate {
    pub(crate) op: AggregateOp,
    pub(crate) param: Option<Expr>,
    pub(crate) expr: Expr,
    pub(crate) grouping: Grouping,
}

/// By which labels series are put together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Grouping {
    pub(crate) without: bool,
    pub(crate) labels: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AggregateOp {
    Sum,
    Avg,
    Count,
    Min,
    Max,
    Group,
    Stddev,
    Stdvar,
    Topk,
    Bottomk,
    CountValues,
    Quantile,
    Limitk,
    LimitRatio,
}

impl AggregateOp {
    pub(crate) const ALL: [(&'static str, Self); 14] = [
        ("sum", Self::Sum),
        ("avg", Self::Avg),
        ("count", Self::Count),
        ("min", Self::Min),
        ("max", Self::Max),
        ("group", Self::Group),
        ("stddev", Self::Stddev),
        ("stdvar", Self::Stdvar),
        ("topk", Self::Topk),
        ("bottomk", Self::Bottomk),
        ("count_values", Self::CountValues),
        ("quantile", Self::Quantile),
        ("limitk", Self::Limitk),
        ("limit_ratio", Self::LimitRatio),
    ];

    pub(crate) fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, op)| *op)
    }

    pub(crate) fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, op)| *op == self).map_or("", |(name, _)| name)
    }

    /// The type of what stands before the vector, if something has to.
    pub(crate) fn param(self) -> Option<Type> {
        match self {
            Self::Topk | Self::Bottomk | Self::Quantile | Self::Limitk | Self::LimitRatio => {
                Some(Type::Scalar)
            }
            Self::CountValues => Some(Type::Text),
            _ => None,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Binary {
    pub(crate) op: BinaryOp,
    pub(crate) lhs: Expr,
    pub(crate) rhs: Expr,
    /// A comparison answers 0 or 1 instead of leaving out.
    pub(crate) is_bool: bool,
    pub(crate) matching: Matching,
}

/// Which series of two vectors belong together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Matching {
    /// Only by these labels, instead of by all others.
    pub(crate) on: bool,
    pub(crate) labels: Vec<String>,
    pub(crate) group: Group,
    /// Labels taken over from the side with one.
    pub(crate) include: Vec<String>,
    /// What stands for a series that is missing on the left, on the right.
    pub(crate) fill_left: Option<f64>,
    pub(crate) fill_right: Option<f64>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Group {
    /// One series matches one.
    #[default]
    None,
    /// Many on the left match one on the right: `group_left`.
    Left,
    Right,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BinaryOp {
    Or,
    And,
    Unless,
    Equal,
    NotEqual,
    LessEqual,
    Less,
    GreaterEqual,
    Greater,
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Atan2,
    Pow,
}

impl BinaryOp {
    pub(crate) const ALL: [(&'static str, Self); 16] = [
        ("or", Self::Or),
        ("and", Self::And),
        ("unless", Self::Unless),
        ("==", Self::Equal),
        ("!=", Self::NotEqual),
        ("<=", Self::LessEqual),
        ("<", Self::Less),
        (">=", Self::GreaterEqual),
        (">", Self::Greater),
        ("+", Self::Add),
        ("-", Self::Sub),
        ("*", Self::Mul),
        ("/", Self::Div),
        ("%", Self::Mod),
        ("atan2", Self::Atan2),
        ("^", Self::Pow),
    ];

    pub(crate) fn of(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, op)| *op)
    }

    pub(crate) fn text(self) -> &'static str {
        Self::ALL.iter().find(|(_, op)| *op == self).map_or("", |(word, _)| word)
    }

    /// How tightly it binds, as in
    /// <https://prometheus.io/docs/prometheus/latest/querying/operators/#binary-operator-precedence>.
    pub(crate) fn strength(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And | Self::Unless => 2,
            _ if self.is_comparison() => 3,
            Self::Add | Self::Sub => 4,
            Self::Pow => 6,
            _ => 5,
        }
    }

    pub(crate) fn is_comparison(self) -> bool {
        matches!(
            self,
            Self::Equal
                | Self::NotEqual
                | Self::LessEqual
                | Self::Less
                | Self::GreaterEqual
                | Self::Greater
        )
    }

    pub(crate) fn is_set(self) -> bool {
        matches!(self, Self::Or | Self::And | Self::Unless)
    }
}

impl Expr {
    pub(crate) fn result(&self) -> Type {
        match &self.kind {
            Kind::Number(_) => Type::Scalar,
            Kind::Text(_) => Type::Text,
            Kind::Paren(inner) | Kind::Negative(inner) => inner.result(),
            Kind::Binary(binary) => match (binary.lhs.result(), binary.rhs.result()) {
                (Type::Scalar, Type::Scalar) => Type::Scalar,
                _ => Type::Vector,
            },
            Kind::Aggregate(_) | Kind::Selector(_) => Type::Vector,
            Kind::Call(call) => call.function.result,
            Kind::Matrix { .. } | Kind::Subquery(_) => Type::Matrix,
        }
    }

    /// Shows the conditions of every selector in it, in the order in which they stand.
    pub(crate) fn each_selector<'e>(&'e self, show: &mut impl FnMut(&'e [Matcher])) {
        match &self.kind {
            Kind::Number(_) | Kind::Text(_) => {}
            Kind::Paren(inner) | Kind::Negative(inner) => inner.each_selector(show),
            Kind::Binary(binary) => {
                binary.lhs.each_selector(show);
                binary.rhs.each_selector(show);
            }
            Kind::Aggregate(aggregate) => {
                if let Some(param) = &aggregate.param {
                    param.each_selector(show);
                }
                aggregate.expr.each_selector(show);
            }
            Kind::Call(call) => call.args.iter().for_each(|arg| arg.each_selector(show)),
            Kind::Selector(selector) | Kind::Matrix { selector, .. } => show(&selector.matchers),
            Kind::Subquery(subquery) => subquery.expr.each_selector(show),
        }
    }

    /// Without parentheses around it.
    pub(crate) fn bare(&self) -> &Self {
        match &self.kind {
            Kind::Paren(inner) => inner.bare(),
            _ => self,
        }
    }

    /// Whether it has the same value at every step, because every selector in it has an `@`.
    pub(crate) fn is_constant(&self) -> bool {
        match &self.kind {
            Kind::Number(_) | Kind::Text(_) => true,
            Kind::Paren(inner) | Kind::Negative(inner) => inner.is_constant(),
            Kind::Binary(binary) => binary.lhs.is_constant() && binary.rhs.is_constant(),
            Kind::Aggregate(it) => {
                it.expr.is_constant() && it.param.as_ref().is_none_or(Self::is_constant)
            }
            Kind::Call(call) => {
                !call.function.reads_time && call.args.iter().all(Self::is_constant)
            }
            Kind::Selector(selector) | Kind::Matrix { selector, .. } => selector.when.at.is_some(),
            Kind::Subquery(subquery) => subquery.when.at.is_some(),
        }
    }
}
