//! Every function there is: its name, what it takes and what it gives
//! (<https://prometheus.io/docs/prometheus/latest/querying/functions/>).

use super::ast::Type;
use super::ast::Type::{Matrix, Scalar, Text, Vector};

/// A function.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) args: &'static [Type],
    /// How many of the last arguments may be left out.
    pub(crate) optional: usize,
    /// The last argument may come again and again.
    pub(crate) repeats: bool,
    pub(crate) result: Type,
    /// Its value depends on the moment even if its arguments do not.
    pub(crate) reads_time: bool,
}

const fn function(name: &'static str, args: &'static [Type]) -> Function {
    Function { name, args, optional: 0, repeats: false, result: Vector, reads_time: false }
}

impl Function {
    const fn optional(mut self, count: usize) -> Self {
        self.optional = count;
        self
    }

    const fn repeats(mut self) -> Self {
        self.repeats = true;
        self
    }

    const fn scalar(mut self) -> Self {
        self.result = Scalar;
        self
    }

    const fn reads_time(mut self) -> Self {
        self.reads_time = true;
        self
    }

    /// A function by its name.
    pub(crate) fn of(name: &str) -> Option<&'static Self> {
        FUNCTIONS.iter().find(|function| function.name == name)
    }

    /// The fewest and the most arguments that it takes.
    pub(crate) fn arity(&self) -> (usize, Option<usize>) {
        let most = (!self.repeats).then_some(self.args.len());
        (self.args.len() - self.optional, most)
    }

    /// The type of an argument.
    pub(crate) fn arg(&self, index: usize) -> Option<Type> {
        self.args.get(index).or(self.args.last().filter(|_| self.repeats)).copied()
    }
}

/// A function of the date of a moment, by itself of now.
const fn of_date(name: &'static str) -> Function {
    function(name, &[Vector]).optional(1).reads_time()
}

pub(crate) static FUNCTIONS: &[Function] = &[
    function("abs", &[Vector]),
    function("absent", &[Vector]),
    function("absent_over_time", &[Matrix]),
    function("acos", &[Vector]),
    function("acosh", &[Vector]),
    function("asin", &[Vector]),
    function("asinh", &[Vector]),
    function("atan", &[Vector]),
    function("atanh", &[Vector]),
    function("avg_over_time", &[Matrix]),
    function("ceil", &[Vector]),
    function("changes", &[Matrix]),
    function("clamp", &[Vector, Scalar, Scalar]),
    function("clamp_max", &[Vector, Scalar]),
    function("clamp_min", &[Vector, Scalar]),
    function("cos", &[Vector]),
    function("cosh", &[Vector]),
    function("count_over_time", &[Matrix]),
    of_date("day_of_month"),
    of_date("day_of_week"),
    of_date("day_of_year"),
    of_date("days_in_month"),
    function("deg", &[Vector]),
    function("delta", &[Matrix]),
    function("deriv", &[Matrix]),
    function("double_exponential_smoothing", &[Matrix, Scalar, Scalar]),
    function("end", &[]).scalar(),
    function("exp", &[Vector]),
    function("first_over_time", &[Matrix]),
    function("floor", &[Vector]),
    function("histogram_avg", &[Vector]),
    function("histogram_count", &[Vector]),
    function("histogram_fraction", &[Scalar, Scalar, Vector]),
    function("histogram_quantile", &[Scalar, Vector]),
    function("histogram_quantiles", &[Vector, Text, Scalar]).repeats(),
    function("histogram_stddev", &[Vector]),
    function("histogram_stdvar", &[Vector]),
    function("histogram_sum", &[Vector]),
    of_date("hour"),
    function("idelta", &[Matrix]),
    function("increase", &[Matrix]),
    function("info", &[Vector, Vector]).optional(1),
    function("irate", &[Matrix]),
    function("label_join", &[Vector, Text, Text, Text]).optional(1).repeats(),
    function("label_replace", &[Vector, Text, Text, Text, Text]),
    function("last_over_time", &[Matrix]),
    function("ln", &[Vector]),
    function("log10", &[Vector]),
    function("log2", &[Vector]),
    function("mad_over_time", &[Matrix]),
    function("max_of", &[Scalar, Scalar]).scalar(),
    function("max_over_time", &[Matrix]),
    function("min_of", &[Scalar, Scalar]).scalar(),
    function("min_over_time", &[Matrix]),
    of_date("minute"),
    of_date("month"),
    function("pi", &[]).scalar(),
    function("predict_linear", &[Matrix, Scalar]).reads_time(),
    function("present_over_time", &[Matrix]),
    function("quantile_over_time", &[Scalar, Matrix]),
    function("rad", &[Vector]),
    function("range", &[]).scalar(),
    function("rate", &[Matrix]),
    function("resets", &[Matrix]),
    function("round", &[Vector, Scalar]).optional(1),
    function("scalar", &[Vector]).scalar(),
    function("sgn", &[Vector]),
    function("sin", &[Vector]),
    function("sinh", &[Vector]),
    function("sort", &[Vector]),
    function("sort_by_label", &[Vector, Text]).optional(1).repeats(),
    function("sort_by_label_desc", &[Vector, Text]).optional(1).repeats(),
    function("sort_desc", &[Vector]),
    function("sqrt", &[Vector]),
    function("start", &[]).scalar(),
    function("stddev_over_time", &[Matrix]),
    function("stdvar_over_time", &[Matrix]),
    function("step", &[]).scalar(),
    function("sum_over_time", &[Matrix]),
    function("tan", &[Vector]),
    function("tanh", &[Vector]),
    function("time", &[]).scalar().reads_time(),
    function("timestamp", &[Vector]).reads_time(),
    function("ts_of_first_over_time", &[Matrix]),
    function("ts_of_last_over_time", &[Matrix]),
    function("ts_of_max_over_time", &[Matrix]),
    function("ts_of_min_over_time", &[Matrix]),
    function("vector", &[Scalar]),
    of_date("year"),
];

#[cfg(test)]
mod tests {
    use super::FUNCTIONS;

    #[test]
    fn every_function_is_documented_and_they_are_in_order() {
        let document = include_str!("../../../../docs/reference/promql.md");
        let listed = document
            .split_once("<!-- functions: begin -->\n")
            .and_then(|(_, rest)| rest.split_once("<!-- functions: end -->"))
            .map(|(listed, _)| listed.split_whitespace().collect::<String>())
            .unwrap_or_default();
        let names: Vec<String> =
            FUNCTIONS.iter().map(|function| format!("`{}`", function.name)).collect();
        assert_eq!(listed, names.join(","));
        assert!(FUNCTIONS.is_sorted_by(|a, b| a.name < b.name));
    }
}
