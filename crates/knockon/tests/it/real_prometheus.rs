//! What the real Prometheus writes is what is read. Needs `promtool` (Debian's package `prometheus`);
//! where there is none, this says that it was left out.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use knockon_core::{Service, ServiceKind, System, SystemBuilder};
use knockon_telemetry::{BundleReading, Series, read_bundle};

use crate::run::{folder, left_out};

/// An hour of a histogram, a counter and a gauge of three services, every 15 seconds; the last ten
/// minutes are slow.
fn openmetrics() -> String {
    let services = ["front-end", "orders", "payment"];
    let mut text = String::from("# TYPE request_seconds histogram\n");
    for service in services {
        let (mut fast, mut all) = (0, 0);
        for step in 0..240 {
            let time = 1_772_323_200 + step * 15;
            fast += if step < 200 { 30 } else { 5 };
            all += 30;
            let sum = f64::from(fast) * 0.05 + f64::from(all - fast) * 1.5;
            for (name, value) in [
                ("bucket{le=\"0.1\",app=", f64::from(fast)),
                ("bucket{le=\"+Inf\",app=", f64::from(all)),
                ("sum{app=", sum),
                ("count{app=", f64::from(all)),
            ] {
                writeln!(text, "request_seconds_{name}\"{service}\"}} {value} {time}").unwrap();
            }
        }
    }
    text.push_str("# TYPE cpu_seconds counter\n");
    for service in services {
        for step in 0..240 {
            let time = 1_772_323_200 + step * 15;
            let pod = format!("{service}-6649c54d45-9dm2z");
            writeln!(text, "cpu_seconds_total{{pod=\"{pod}\"}} {} {time}", step * 3).unwrap();
        }
    }
    text + "# EOF\n"
}

fn shop() -> System {
    let mut builder = SystemBuilder::new("shop");
    for name in ["front-end", "orders", "payment"] {
        builder.service(Service::new(name, ServiceKind::Service)).unwrap();
    }
    builder.build()
}

fn read(dir: &Path) -> Vec<Series> {
    let BundleReading { evidence, diagnostics } = read_bundle(dir, &shop());
    assert_eq!(diagnostics, []);
    evidence.series
}

#[test]
fn a_dump_of_promtool_reads_as_what_it_was_made_from() {
    let Ok(version) = Command::new("promtool").arg("--version").output() else {
        left_out("a dump of the real promtool, which is not installed");
        return;
    };
    assert!(version.status.success());
    let text = openmetrics();
    let dir = folder(&[("original/metrics.om", text.as_bytes())]);
    let promtool = |arguments: &[&str]| {
        let output = Command::new("promtool").args(arguments).current_dir(&dir).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    promtool(&["tsdb", "create-blocks-from", "openmetrics", "original/metrics.om", "data"]);
    // A server keeps its write-ahead log there, and the dump asks for one.
    std::fs::create_dir(dir.path().join("data/wal")).unwrap();
    let dump = promtool(&["tsdb", "dump", "data"]);
    std::fs::create_dir(dir.path().join("dumped")).unwrap();
    std::fs::write(dir.path().join("dumped/metrics.txt"), &dump).unwrap();

    let original = read(&dir.path().join("original"));
    let dumped = read(&dir.path().join("dumped"));
    let names: Vec<&str> = dumped.iter().map(|series| series.metric.as_str()).collect();
    let of_one = [
        "cpu_seconds_total",
        "request_seconds_count",
        "request_seconds_mean",
        "request_seconds_p99",
    ];
    assert_eq!(names, of_one.repeat(3));
    assert_eq!(dumped, original);
}
