//! An expression as Prometheus writes it: one line, the same for whatever way it was written
//! (<https://github.com/prometheus/prometheus/blob/main/promql/parser/printer.go>).

use std::fmt;

use super::ast::{Aggregate, At, Binary, Expr, Group, Kind, Selector, When};
use crate::go;
use crate::labels::{Quoted, is_plain_name};
use crate::matcher::Matcher;

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Number(value) => f.write_str(&go::float(*value)),
            Kind::Text(bytes) => write!(f, "{}", Quoted(&String::from_utf8_lossy(bytes))),
            Kind::Paren(inner) => write!(f, "({inner})"),
            Kind::Negative(inner) => write!(f, "-{inner}"),
            Kind::Binary(binary) => write!(f, "{binary}"),
            Kind::Aggregate(aggregate) => write!(f, "{aggregate}"),
            Kind::Call(call) => {
                write!(f, "{}(", call.function.name)?;
                joined(f, &call.args)?;
                f.write_str(")")
            }
            Kind::Selector(selector) => write!(f, "{selector}{}", selector.when),
            Kind::Matrix { selector, range_ms } => {
                write!(f, "{selector}[{}]{}", Length(*range_ms), selector.when)
            }
            Kind::Subquery(subquery) => {
                write!(f, "{}[{}:", subquery.expr, Length(subquery.range_ms))?;
                if let Some(step_ms) = subquery.step_ms {
                    write!(f, "{}", Length(step_ms))?;
                }
                write!(f, "]{}", subquery.when)
            }
        }
    }
}

fn joined<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: &[T]) -> fmt::Result {
    for (at, item) in items.iter().enumerate() {
        f.write_str(if at == 0 { "" } else { ", " })?;
        write!(f, "{item}")?;
    }
    Ok(())
}

/// Labels in parentheses, in quotes where they have to be.
fn labels(f: &mut fmt::Formatter<'_>, labels: &[String]) -> fmt::Result {
    let written = labels
        .iter()
        .map(|label| if is_plain_name(label, false) { label.clone() } else { go::quoted(label) });
    f.write_str("(")?;
    joined(f, &written.collect::<Vec<_>>())?;
    f.write_str(")")
}

impl fmt::Display for Aggregate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.op.word())?;
        if self.grouping.without || !self.grouping.labels.is_empty() {
            f.write_str(if self.grouping.without { " without " } else { " by " })?;
            labels(f, &self.grouping.labels)?;
            f.write_str(" ")?;
        }
        f.write_str("(")?;
        if let Some(param) = &self.param {
            write!(f, "{param}, ")?;
        }
        write!(f, "{})", self.expr)
    }
}

impl fmt::Display for Binary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let matching = &self.matching;
        write!(f, "{} {} ", self.lhs, self.op.text())?;
        if self.is_bool {
            f.write_str("bool ")?;
        }
        if matching.on || !matching.labels.is_empty() || matching.group != Group::None {
            f.write_str(if matching.on { "on " } else { "ignoring " })?;
            labels(f, &matching.labels)?;
            f.write_str(" ")?;
        }
        if matching.group != Group::None {
            let side = if matching.group == Group::Left { "left" } else { "right" };
            write!(f, "group_{side} ")?;
            labels(f, &matching.include)?;
            f.write_str(" ")?;
        }
        match (matching.fill_left, matching.fill_right) {
            (Some(left), Some(right)) if left.to_bits() == right.to_bits() => {
                write!(f, "fill ({}) ", go::float(left))?;
            }
            (left, right) => {
                for (side, value) in [("left", left), ("right", right)] {
                    if let Some(value) = value {
                        write!(f, "fill_{side} ({}) ", go::float(value))?;
                    }
                }
            }
        }
        write!(f, "{}", self.rhs)
    }
}

/// Without the moment that it is of.
impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, others) = match self.matchers.split_last() {
            Some((name, others)) if self.is_named => (Some(name.value.as_str()), others),
            _ => (None, self.matchers.as_slice()),
        };
        let plain = name.filter(|name| is_plain_name(name, true));
        f.write_str(plain.unwrap_or_default())?;
        let quoted = name.filter(|_| plain.is_none()).map(go::quoted);
        let mut others: Vec<&Matcher> = others.iter().collect();
        others.sort_by(|one, other| one.name.cmp(&other.name));
        let conditions: Vec<String> =
            quoted.into_iter().chain(others.into_iter().map(Matcher::to_string)).collect();
        if plain.is_some() && conditions.is_empty() {
            return Ok(());
        }
        write!(f, "{{{}}}", conditions.join(","))
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            None => {}
            Some(At::Start) => f.write_str(" @ start()")?,
            Some(At::End) => f.write_str(" @ end()")?,
            Some(At::Moment(ms)) => write!(f, " @ {:.3}", ms as f64 / 1000.0)?,
        }
        match self.offset_ms {
            0 => Ok(()),
            ms if ms < 0 => write!(f, " offset -{}", Length(-ms)),
            ms => write!(f, " offset {}", Length(ms)),
        }
    }
}

/// A length of time in as few units as tell it; years and weeks only where nothing is left over
/// (<https://github.com/prometheus/common/blob/main/model/time.go>).
struct Length(i64);

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.0;
        for (unit, size) in super::literal::UNITS {
            let is_whole_only = matches!(unit, "y" | "w");
            if rest < size || (is_whole_only && rest % size != 0) {
                continue;
            }
            write!(f, "{}{unit}", rest / size)?;
            rest %= size;
        }
        Ok(())
    }
}
