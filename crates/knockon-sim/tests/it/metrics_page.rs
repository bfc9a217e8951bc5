//! The page about metrics has every metric there is, and no other.

use std::fmt::Write as _;
use std::path::Path;

use knockon_sim::observe::METRICS;

const BEGIN: &str = "<!-- metrics: begin -->\n";
const END: &str = "<!-- metrics: end -->\n";

fn table() -> String {
    let mut table = String::from(
        "| Metric | Type | Unit | Labels | Meaning | Follows |\n|---|---|---|---|---|---|\n",
    );
    for metric in METRICS {
        let follows = match metric.follows {
            "" => "own".to_owned(),
            url => {
                let host = url.trim_start_matches("https://");
                let short = host.trim_start_matches("github.com/").split('/').take(2);
                let short: Vec<&str> = short.filter(|part| !part.is_empty()).collect();
                format!("[{}]({url})", short.join("/"))
            }
        };
        let labels: Vec<String> = (metric.labels.split(", ").filter(|it| !it.is_empty()))
            .map(|label| format!("`{label}`"))
            .collect();
        writeln!(
            table,
            "| `{}` | {} | {} | {} | {} | {follows} |",
            metric.name,
            metric.kind.as_str(),
            metric.unit,
            labels.join(" "),
            metric.help,
        )
        .unwrap();
    }
    table
}

#[test]
fn the_page_lists_every_metric() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/metrics.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the page says where the table begins");
    let (_, after) = rest.split_once(END).expect("and where it ends");
    let expected = format!("{before}{BEGIN}{}{END}{after}", table());
    if std::env::var_os("KNOCKON_UPDATE").is_some() {
        std::fs::write(&path, &expected).unwrap();
    } else {
        assert!(page == expected, "write it anew: KNOCKON_UPDATE=1 cargo test -p knockon-sim");
    }
}

#[test]
fn names_say_units_and_types_as_prometheus_advises() {
    for metric in METRICS {
        let name = metric.name;
        let base = name.strip_suffix("_total").unwrap_or(name);
        assert!(metric.unit.is_empty() || base.ends_with(metric.unit), "{name}");
        let is_gauge = metric.kind.as_str() == "gauge";
        assert!(!is_gauge || !name.ends_with("_total"), "{name}");
        assert!(METRICS.iter().filter(|other| other.name == name).count() == 1, "{name} twice");
    }
}
