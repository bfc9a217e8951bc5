//! `eval`: a query, when it is asked, and what must come.

use std::sync::LazyLock;

use knockon_promql::Labels;
use regex::{Captures, Regex};

use super::Ask;
use super::duration::duration_ms;
use super::expect::Demands;
use super::number::number;
use super::quoted::quoted;
use super::script::{Lines, at};
use super::series::{Item, series};

// As in `test.go`, since they decide where a moment ends and the query begins.
static INSTANT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^eval(?:_(fail|warn|ordered|info))?\s+instant\s+(?:at\s+(.+?))?\s+(.+)$").ok()
});
static RANGE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern =
        r"^eval(?:_(fail|warn|info))?\s+range\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+?)\s+(.+)$";
    Regex::new(pattern).ok()
});
static STEPS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^expect range vector\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+)$").ok()
});

/// A query, when it is asked, and what must come.
pub(super) struct Eval {
    pub(super) line: usize,
    pub(super) query: String,
    pub(super) ask: Ask,
    /// When the expected values of a matrix are.
    pub(super) steps: Steps,
    pub(super) expected: Expected,
    pub(super) demands: Demands,
    /// Whether a range query around the moment must give the same.
    pub(super) also_over: bool,
}

/// Moments at equal distances.
#[derive(Clone, Copy)]
// The unit is in the name.
#[allow(clippy::struct_field_names)]
pub(super) struct Steps {
    pub(super) from_ms: i64,
    pub(super) to_ms: i64,
    pub(super) step_ms: i64,
}

/// The values that must come.
#[derive(Default)]
pub(super) struct Expected {
    pub(super) scalar: Option<f64>,
    pub(super) text: Option<String>,
    pub(super) series: Vec<ExpectedSeries>,
}

/// A series that must come.
pub(super) struct ExpectedSeries {
    pub(super) labels: Labels,
    /// Its place among all, from 1.
    pub(super) place: usize,
    pub(super) items: Vec<Item>,
}

/// Reads the command that begins with a line.
pub(super) fn read(number: usize, line: &str, lines: &mut Lines) -> Result<Eval, String> {
    let mut eval = head(number, line).map_err(at(number))?;
    let mut place = 0;
    let mut fail_lines = 0;
    let mut may_have_many = matches!(eval.ask, Ask::Over { .. });
    while let Some((number, line)) = lines.in_block() {
        let at = at(number);
        if !eval.demands.fail.is_empty() && eval.demands.read_old(line).map_err(&at)? {
            break;
        }
        place += 1;
        if line.starts_with("expect range vector") {
            eval.expect_steps(line).map_err(&at)?;
            may_have_many = true;
        } else if let Some(text) = line.strip_prefix("expect string") {
            eval.expected.text = Some(literal(text).map_err(&at)?);
            eval.also_over = false;
        } else if let Some(demand) = demand(line) {
            place -= 1;
            fail_lines += usize::from(demand.split([' ', '\t']).next() == Some("fail"));
            eval.demands.read(demand).map_err(&at)?;
            eval.demands.validate(fail_lines).map_err(&at)?;
        } else if let Some(value) = self::number(line) {
            eval.expected.scalar = Some(value);
            break;
        } else {
            let (labels, items) = series(line).map_err(&at)?;
            if items.len() > 1 && !may_have_many {
                let mend = "say `expect range vector from … to … step …` before them";
                return Err(at(format!("an instant query cannot answer many values: {mend}")));
            }
            eval.expect_series(ExpectedSeries { labels, place, items });
        }
    }
    Ok(eval)
}

/// What comes after the word `expect`. A metric of that name is written `expect{}`.
fn demand(line: &str) -> Option<&str> {
    match line.split_once(' ') {
        Some(("expect", demand)) => Some(demand.trim()),
        None if line == "expect" => Some(""),
        _ => None,
    }
}

/// The first line of the command.
fn head(line: usize, text: &str) -> Result<Eval, String> {
    let found = |regex: &'static Option<Regex>| regex.as_ref().and_then(|it| it.captures(text));
    let group = |captures: &Captures, index| {
        captures.get(index).map_or("", |it: regex::Match| it.as_str()).to_owned()
    };
    let (suffix, query, ask) = if let Some(it) = found(&INSTANT) {
        let time_ms = duration_ms(&group(&it, 2))?;
        (group(&it, 1), group(&it, 3), Ask::At { time_ms })
    } else if let Some(it) = found(&RANGE) {
        let Steps { from_ms, to_ms, step_ms } =
            steps(&group(&it, 2), &group(&it, 3), &group(&it, 4))?;
        (group(&it, 1), group(&it, 5), Ask::Over { from_ms, to_ms, step_ms })
    } else {
        let instant = "`eval instant at <time> <query>`";
        let range = "`eval range from <time> to <time> step <duration> <query>`";
        return Err(format!("an eval is {instant} or {range}"));
    };
    let steps = match ask {
        Ask::At { time_ms } => Steps { from_ms: time_ms, to_ms: time_ms, step_ms: 0 },
        Ask::Over { from_ms, to_ms, step_ms } => Steps { from_ms, to_ms, step_ms },
    };
    Ok(Eval {
        line,
        query,
        ask,
        steps,
        expected: Expected::default(),
        demands: Demands::of_command(&suffix),
        also_over: matches!(ask, Ask::At { .. }),
    })
}

fn steps(from: &str, to: &str, step: &str) -> Result<Steps, String> {
    let steps =
        Steps { from_ms: duration_ms(from)?, to_ms: duration_ms(to)?, step_ms: duration_ms(step)? };
    if steps.to_ms < steps.from_ms {
        return Err(format!("the end `{to}` is before the start `{from}`"));
    }
    Ok(steps)
}

/// The text that `expect string` names.
fn literal(text: &str) -> Result<String, String> {
    match text.strip_prefix(' ').map(quoted) {
        Some(Ok((text, ""))) => Ok(text),
        _ => Err("`expect string` needs a text in quotes".to_owned()),
    }
}

impl Eval {
    /// Of labels that come twice the last values count.
    fn expect_series(&mut self, series: ExpectedSeries) {
        let all = &mut self.expected.series;
        match all.iter_mut().find(|it| it.labels == series.labels) {
            Some(same) => *same = series,
            None => all.push(series),
        }
    }

    /// `expect range vector` also says when the query is asked: at the end.
    fn expect_steps(&mut self, line: &str) -> Result<(), String> {
        let captures = STEPS.as_ref().and_then(|it| it.captures(line));
        let Some(captures) = captures else {
            return Err(
                "not `expect range vector from <time> to <time> step <duration>`".to_owned()
            );
        };
        self.steps = steps(&captures[1], &captures[2], &captures[3])?;
        let Steps { from_ms, to_ms, step_ms } = self.steps;
        self.ask = match self.ask {
            Ask::At { .. } => Ask::At { time_ms: to_ms },
            Ask::Over { .. } => Ask::Over { from_ms, to_ms, step_ms },
        };
        self.also_over = false;
        Ok(())
    }

    /// Whether a native histogram is among the values that must come.
    pub(super) fn expects_native_histogram(&self) -> bool {
        let mut items = self.expected.series.iter().flat_map(|it| &it.items);
        items.any(|item| matches!(item, Item::NativeHistogram))
    }
}
