//! Stores as text.

use knockon_promql::{Store, special};
use knockon_telemetry::text_writer::{TextFormat, TextWritten, write_text};
use knockon_telemetry::{Families, FamilyType};
use proptest::prelude::*;

use crate::stored::{bits, right, store, stores};

fn written(store: &Store, families: &Families, format: TextFormat) -> (String, TextWritten) {
    let mut out = Vec::new();
    let counts = write_text(&mut out, store, families, format).unwrap();
    (String::from_utf8(out).unwrap(), counts)
}

fn families() -> Families {
    let mut families = Families::new();
    let mut add = |name: &str, family_type, help: &str, unit: &str| {
        let family = families.entry(name);
        (family.family_type, family.help, family.unit) = (family_type, help.into(), unit.into());
    };
    add("d_seconds", FamilyType::Histogram, "Time \"taken\"\\\n.", "seconds");
    add("r_total", FamilyType::Counter, "Requests.", "");
    add("odd", FamilyType::Counter, "", "things");
    families
}

fn mixed() -> Store {
    store(&[
        (
            &[("__name__", "d_seconds_bucket"), ("le", "+Inf"), ("p", "x")],
            &[(500, 3.0), (1500, 4.0)],
        ),
        (&[("__name__", "d_seconds_bucket"), ("le", "10"), ("p", "x")], &[(500, 2.0), (1500, 2.0)]),
        (&[("__name__", "d_seconds_bucket"), ("le", "2"), ("p", "x")], &[(500, 1.0)]),
        (&[("__name__", "d_seconds_count"), ("p", "x")], &[(500, 3.0), (1500, 4.0)]),
        (&[("__name__", "d_seconds_count"), ("p", "w")], &[(500, 0.0)]),
        (&[("__name__", "r_total"), ("a", "\"\\\n\t")], &[(-1, 1e21), (0, f64::INFINITY)]),
        (&[("__name__", "odd")], &[(1, 1.0), (2, special::STALE), (3, f64::NAN)]),
        (&[("__name__", "h")], &[(1, special::NATIVE_HISTOGRAM)]),
        (&[("__name__", "http.time"), ("x.y", "1")], &[(1, 0.1)]),
    ])
}

#[test]
fn openmetrics_has_families_in_one_piece_and_points_in_order() {
    let (text, counts) = written(&mixed(), &families(), TextFormat::OpenMetrics);
    assert_eq!(
        text,
        r#"# TYPE d_seconds histogram
# UNIT d_seconds seconds
# HELP d_seconds Time \"taken\"\\\n.
d_seconds_count{p="w"} 0 0.500
d_seconds_bucket{le="2",p="x"} 1 0.500
d_seconds_bucket{le="10",p="x"} 2 0.500
d_seconds_bucket{le="+Inf",p="x"} 3 0.500
d_seconds_count{p="x"} 3 0.500
d_seconds_bucket{le="10",p="x"} 2 1.500
d_seconds_bucket{le="+Inf",p="x"} 4 1.500
d_seconds_count{p="x"} 4 1.500
{"http.time","x.y"="1"} 0.1 0.001
# TYPE odd unknown
odd 1 0.001
odd NaN 0.003
# TYPE r counter
# HELP r Requests.
r_total{a="\"\\\nTAB"} 1000000000000000000000 -0.001
r_total{a="\"\\\nTAB"} +Inf 0.000
# EOF
"#
        .replace("TAB", "\t")
    );
    assert_eq!(counts, TextWritten { samples: 13, stale: 1, native_histograms: 1 });
}

#[test]
fn the_prometheus_text_format_has_milliseconds_and_its_own_names() {
    let (text, _) = written(&mixed(), &families(), TextFormat::Prometheus);
    let part: Vec<&str> = text.lines().filter(|line| !line.starts_with("d_seconds")).collect();
    assert_eq!(
        part,
        [
            "# TYPE d_seconds histogram",
            r#"# HELP d_seconds Time "taken"\\\n."#,
            r#"{"http.time","x.y"="1"} 0.1 1"#,
            "# TYPE odd counter",
            "odd 1 1",
            "odd NaN 3",
            "# TYPE r_total counter",
            "# HELP r_total Requests.",
            "r_total{a=\"\\\"\\\\\\n\t\"} 1000000000000000000000 -1",
            "r_total{a=\"\\\"\\\\\\n\t\"} +Inf 0",
        ]
    );
}

#[test]
fn families_read_back_and_nothing_is_an_end() {
    let (text, _) = written(&mixed(), &families(), TextFormat::OpenMetrics);
    let (_, read) = right("m.om", &text);
    let family = read.get("d_seconds").unwrap();
    assert_eq!(Some(family), families().get("d_seconds"));
    assert_eq!(read.of("r_total").1, families().get("r_total"));
    assert_eq!(written(&Store::new(), &read, TextFormat::OpenMetrics).0, "# EOF\n");
    assert_eq!(written(&Store::new(), &read, TextFormat::Prometheus).0, "");
}

proptest! {
    #[test]
    fn any_store_reads_back_to_the_bit_from_either_format(store in stores(), typed: bool) {
        let mut families = Families::new();
        if typed {
            families.entry("d").family_type = FamilyType::Histogram;
            families.entry("a").family_type = FamilyType::Counter;
        }
        for format in [TextFormat::OpenMetrics, TextFormat::Prometheus] {
            let (text, _) = written(&store, &families, format);
            if store.is_empty() {
                continue;
            }
            let (found, _) = right("m.om", &text);
            prop_assert_eq!(bits(&found), bits(&store), "{}", text);
        }
    }
}
