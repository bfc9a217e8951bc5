mod reader;
mod runner;

use knockon_conformance::promql;

/// A file of Prometheus, how many evals it has, and how many are left out for which reason.
struct Vendored {
    name: &'static str,
    text: &'static str,
    evals: usize,
    left_out: &'static [(&'static str, usize)],
}

macro_rules! vendored {
    ($name:literal, $evals:literal, $left_out:expr) => {
        Vendored {
            name: $name,
            text: include_str!(concat!("../data/promqltest/", $name)),
            evals: $evals,
            left_out: &$left_out,
        }
    };
}

/// The only reason to leave out an eval of these files.
const NATIVE: &str = "native histograms";

const VENDORED: &[Vendored] = &[
    vendored!("aggregators.test", 160, [(NATIVE, 35)]),
    vendored!("at_modifier.test", 78, []),
    vendored!("functions.test", 431, [(NATIVE, 97)]),
    vendored!("histograms.test", 185, [(NATIVE, 92)]),
    vendored!("literals.test", 25, []),
    vendored!("name_label_dropping.test", 30, []),
    vendored!("range_queries.test", 18, [(NATIVE, 1)]),
    vendored!("selectors.test", 31, []),
    vendored!("staleness.test", 17, []),
];

#[test]
fn every_eval_of_prometheus_is_answered_as_there() {
    for file in VENDORED {
        let report = promql::check(file.text).unwrap();
        assert_eq!(report.played + report.left_out.len(), file.evals, "{}", file.name);
        assert_eq!(report.disagreements, [], "{}", file.name);
        let left_out: Vec<_> = promql::reasons(&report).into_iter().collect();
        assert_eq!(left_out, file.left_out, "{}", file.name);
    }
}
