//! Metrics that arrive sample by sample, in any order, are what they are when read at once.

use knockon_telemetry::EvidenceReader;

use crate::shop::{evidence, shop};

/// Lines of counters that restart or stand still, declared and not, of a histogram, of a gauge, and of
/// two names of one service.
fn lines() -> Vec<String> {
    let mut lines = Vec::new();
    for step in 0..60_u32 {
        let at = 1_767_268_800 + step * 10;
        let since_restart = if step < 40 { step } else { step - 40 };
        let busy = step * step;
        for (series, value) in [
            ("jobs{service=\"orders\"}", since_restart * 7),
            ("seen_total{service=\"orders\",pod=\"a\"}", since_restart * 3),
            ("seen_total{service=\"basket\"}", busy),
            ("seen_total{service=\"carts\"}", busy + 5),
            ("open_count{service=\"orders\"}", 5 + step % 3),
            ("failed_total{service=\"orders\"}", u32::from(step > 50)),
            ("took_bucket{service=\"orders\",le=\"0.1\"}", busy / 2),
            ("took_bucket{service=\"orders\",le=\"1\"}", busy),
            ("took_bucket{service=\"orders\",le=\"+Inf\"}", busy + step),
            ("took_sum{service=\"orders\"}", busy / 3),
            ("took_count{service=\"orders\"}", busy + step),
        ] {
            lines.push(format!("{series} {value} {at}"));
        }
    }
    lines
}

#[test]
fn what_arrives_sample_by_sample_is_what_is_read_at_once() {
    const TYPES: &str = "# TYPE jobs counter\n# TYPE took histogram\n";
    let mut lines = lines();
    // In order of series, as the text format wants it.
    lines.sort();
    let at_once = evidence("m.prom", &format!("{TYPES}{}\n", lines.join("\n")));
    let mut state = 88_172_645_463_325_252_u64;
    let mut below = |limit: usize| {
        // xorshift64, Marsaglia 2003.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % limit
    };
    for _ in 0..5 {
        let mut dealt: Vec<&String> = lines.iter().chain(lines.iter().step_by(5)).collect();
        for last in (1..dealt.len()).rev() {
            dealt.swap(last, below(last + 1));
        }
        let system = shop();
        let mut reader = EvidenceReader::new(&system);
        for (index, line) in dealt.into_iter().enumerate() {
            // Not every scrape says what it knows of types.
            let types = if index % 3 == 0 { TYPES } else { "" };
            reader.metrics("m.prom", format!("{types}{line}\n").as_bytes());
            if below(50) == 0 {
                assert!(!reader.evidence().series.is_empty());
            }
        }
        assert_eq!(reader.evidence().series, at_once.series);
        assert_eq!(reader.diagnostics(), []);
        assert_eq!(reader.finish().evidence.series, at_once.series);
    }
}

#[test]
fn names_of_no_service_that_come_again_are_one() {
    let system = shop();
    let mut reader = EvidenceReader::new(&system);
    for second in 0..3 {
        let rows = format!("time,carts_cpu,billing_cpu\n{second},1,1\n");
        reader.metrics("m.csv", rows.as_bytes());
        let unplaced = &reader.evidence().unplaced;
        assert_eq!((unplaced.len(), unplaced[0].count), (1, second + 1));
    }
}
