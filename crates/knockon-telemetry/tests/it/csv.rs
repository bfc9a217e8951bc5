//! Wide and long CSV.

use crate::shop::{assert_sane, evidence, lines, marked, read_metrics, series, unplaced};

#[test]
fn a_wide_csv_has_a_column_for_every_series() {
    let found = evidence(
        "metrics.csv",
        "time,carts_cpu,carts-db_cpu,carts_lat_50,basket_mem,carts-0_mem,carts-1_mem\n\
         100,1,2,3,4,5,6\n\
         101,1.5,2.5,,nan,-,7\n",
    );
    assert_eq!(
        series(&found),
        [
            "carts cpu: 100=1 101=1.5",
            "carts lat_50: 100=3",
            "carts mem: 100=4",
            "carts mem{instance=\"carts-0\"}: 100=5",
            "carts mem{instance=\"carts-1\"}: 100=6 101=7",
            "carts-db cpu: 100=2 101=2.5",
        ]
    );
    assert_eq!(
        lines(&found.notes),
        ["metrics.csv:3:13: note[K0231]: 3 cells have no value; read as gaps"]
    );
}

#[test]
fn a_long_csv_has_a_row_for_every_sample() {
    let check = |text: &str, expected: &[&str]| {
        assert_eq!(series(&evidence("metrics.csv", text)), expected, "{text}");
    };
    // The shape of the public data set root-cause-bench.
    check(
        "timestamp,service,metric,value\n\
         2026-06-23T09:00:00Z,carts,http_5xx_ratio,0.0047\n\
         2026-06-23T09:00:00Z,orders,http_5xx_ratio,0.001\n\
         2026-06-23T09:01:00Z,carts,http_5xx_ratio,0.61\n",
        &[
            "carts http_5xx_ratio: 1782205200=0.0047 1782205260=0.61",
            "orders http_5xx_ratio: 1782205200=0.001",
        ],
    );
    check(
        "val;pod;Metric_Name;zone;JOB;ts\n\
         1;carts-5d4f8c7b9d-x2x7z;cpu;a;kubelet;100\n\
         2;carts-5d4f8c7b9d-9dm2z;cpu;a;kubelet;100\n",
        &[
            "carts cpu{JOB=\"kubelet\",pod=\"carts-5d4f8c7b9d-9dm2z\",zone=\"a\"}: 100=2",
            "carts cpu{JOB=\"kubelet\",pod=\"carts-5d4f8c7b9d-x2x7z\",zone=\"a\"}: 100=1",
        ],
    );
    check(
        "\"time\",\"service_name\",\"name\",\"value\"\n\"100\",\"orders\",\"a,b\",\"1\"\n",
        &["orders a,b: 100=1"],
    );
}

#[test]
fn what_is_not_of_the_system_is_counted_by_name() {
    let found = evidence("metrics.csv", "time,carts_cpu,billing_cpu,cpu,\n100,1,x,y,z\n");
    assert_eq!(series(&found), ["carts cpu: 100=1"]);
    assert_eq!(unplaced(&found), ["(column 5)×1", "billing_cpu×1", "cpu×1"]);

    let found = evidence(
        "metrics.csv",
        "time,service,metric,value\n1,carts,a,1\n1,billing,a,1\n2,billing,a,1\n1,billing,b,1\n1,,c,1\n",
    );
    assert_eq!(unplaced(&found), ["billing×2", "c×1"]);
}

#[test]
fn disorder_is_survived_with_a_note() {
    let check = |text: &str, expected: &[&str], notes: &[&str]| {
        let found = evidence("m.csv", text);
        assert_eq!(series(&found), expected, "{text}");
        assert_eq!(lines(&found.notes), notes, "{text}");
    };
    check(
        "time,carts_cpu\n100,1\n100,2\n102,3\n101,4\n102,5\n",
        &["carts cpu: 100=2 101=4 102=5"],
        &[
            "m.csv:3:1: note[K0233]: 1 sample has the time of the one before it; one of them counts",
            "m.csv:5:1: note[K0234]: 1 sample is earlier than the one before it; put in order",
        ],
    );
    check(
        "time,carts_cpu,orders_cpu\n2026-01-01 00:00:00,1,+Inf\n2026-01-01 00:00:01,2,-inf\n",
        &["carts cpu: 1767225600=1 1767225601=2"],
        &[
            "m.csv:2:23: note[K0232]: 2 values are infinite; read as gaps",
            "m.csv:2:1: note[K0235]: 2 times have no offset; read as UTC",
            "note[K0242]: 1 series without a usable value left out",
        ],
    );
    check("time,carts_cpu\n", &[], &["note[K0242]: 1 series without a usable value left out"]);
}

#[test]
fn every_mistake_is_told_at_its_place() {
    let check = |text: &str, expected: &[&str], marks: &[&str]| {
        let reading = read_metrics("m.csv", text);
        assert_eq!(lines(&reading.diagnostics), expected, "{text}");
        let found: Vec<_> = reading.diagnostics.iter().map(marked).collect();
        assert_eq!(found, marks, "{text}");
        assert_sane(&reading);
    };
    check(
        "time,carts_cpu,orders_cpu\n100,1,zwölf\nsoon,1,2\n102,12%,\"3,x\"\n103,1\n104,1,2,3\n",
        &[
            "m.csv:2:7: error[K0209]: `zwölf` is not a number",
            "m.csv:3:1: error[K0208]: `soon` is not a time",
            "m.csv:4:5: error[K0209]: `12%` is not a number",
            "m.csv:4:9: error[K0209]: `\"3,x\"` is not a number",
            "m.csv:5:6: error[K0207]: the row has 2 fields, the header 3",
            "m.csv:6:9: error[K0207]: the row has 4 fields, the header 3",
        ],
        &["zwölf", "soon", "12%", "\"3,x\"", "", "3"],
    );
    check(
        "when,carts_cpu\n1,2\n",
        &["m.csv:1:1: error[K0206]: the header has no column of time"],
        &["when"],
    );
    check(
        "time,carts_cpu,carts_cpu\n1,2,3\n",
        &["m.csv:1:16: error[K0206]: the column `carts_cpu` is there twice"],
        &["carts_cpu"],
    );
    check(
        "time,billing_cpu,other\n1,2,3\n",
        &[
            "m.csv:1:1: error[K0216]: none of 2 series belongs to a known service: `billing_cpu`, `other`",
        ],
        &[""],
    );
}

#[test]
fn a_caret_points_right_in_a_line_of_a_thousand_columns() {
    let header: String = (0..1000).map(|i| format!(",carts_m{i}")).collect();
    let row: String = (0..1000).map(|i| if i == 700 { ",bad" } else { ",1.25" }).collect();
    let reading = read_metrics("m.csv", format!("time{header}\n100{row}\n"));
    assert_eq!(reading.diagnostics.len(), 1);
    assert_eq!(marked(&reading.diagnostics[0]), "bad");
    assert_sane(&reading);
}

#[test]
fn the_same_mistake_a_thousand_times_is_shown_twenty_times() {
    let rows: String = (0..1000).map(|i| format!("{i},x\n")).collect();
    let reading = read_metrics("m.csv", format!("time,carts_cpu\n{rows}"));
    assert_eq!(reading.diagnostics.len(), 21);
    let last = reading.diagnostics.last().unwrap().to_string();
    assert_eq!(last, "m.csv:1:1: error[K0219]: … and 980 more like these");
}

#[test]
fn an_undeclared_counter_becomes_a_rate_also_where_it_stands_still() {
    let system = crate::shop::shop();
    let mut reader = knockon_telemetry::EvidenceReader::new(&system);
    reader.metrics("metrics.csv", "time,carts_requests_total\n200,90\n210,90\n220,90\n".as_bytes());
    reader.baseline(
        "baseline.csv",
        "time,carts_requests_total\n0,10\n10,30\n20,50\n30,70\n40,90\n50,110\n".as_bytes(),
    );
    assert_eq!(
        series(&reader.finish().evidence),
        ["carts requests_total: 210=0 220=0 | 10=2 20=2 30=2 40=2 50=2"]
    );
}
