//! Remote write in both versions, held to a protobuf library that reads and writes the messages of
//! the specifications on its own.

use knockon_promql::{Labels, NotAppended, Store, special};
use knockon_telemetry::remote_write::{
    BadBody, Batches, MESSAGE_BYTES_MAX, Protocol, Request, decode, encode_families,
};
use knockon_telemetry::{Families, FamilyType};
use proptest::prelude::*;
use prost::Message;

use crate::prompb::{v1, v2};
use crate::shop::lines;
use crate::stored::{assert_sane, bits, read, shown, store, stores};

fn pack(message: &[u8]) -> Vec<u8> {
    snap::raw::Encoder::new().compress_vec(message).unwrap()
}

fn unpack(body: &[u8]) -> Vec<u8> {
    snap::raw::Decoder::new().decompress_vec(body).unwrap()
}

fn stored(request: &Request) -> Store {
    let mut store = Store::new();
    assert_eq!(request.store(&mut store).refused, []);
    store
}

fn v1_series(labels: &[(&str, &str)], samples: &[(i64, f64)]) -> v1::TimeSeries {
    let label = |(name, value): &(&str, &str)| v1::Label {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    };
    v1::TimeSeries {
        labels: labels.iter().map(label).collect(),
        samples: samples.iter().map(|(t, v)| v1::Sample { value: *v, timestamp: *t }).collect(),
        ..v1::TimeSeries::default()
    }
}

#[test]
fn a_request_of_version_1_is_read() {
    let mut native = v1_series(&[("__name__", "d")], &[(5, 1.0)]);
    native.histograms = vec![v1::Histogram { sum: 2.5, timestamp: 3 }];
    native.exemplars = vec![v1::Exemplar { value: 1.0, timestamp: 3 }];
    let message = v1::WriteRequest {
        timeseries: vec![
            v1_series(
                &[("__name__", "up"), ("job", "ü")],
                &[(-1, 0.0), (0, -0.5), (15, special::STALE)],
            ),
            native,
            v1_series(&[("__name__", "empty")], &[]),
        ],
        metadata: vec![v1::MetricMetadata {
            r#type: 1,
            metric_family_name: "a".into(),
            help: "All.".into(),
            unit: "s".into(),
        }],
    };
    let request = decode(&pack(&message.encode_to_vec()), Protocol::V1).unwrap();
    assert_eq!((request.exemplars, request.refused), (1, 0));
    let family = request.families.get("a").unwrap();
    assert_eq!(
        (family.family_type, &*family.help, &*family.unit),
        (FamilyType::Counter, "All.", "s")
    );
    let store = stored(&request);
    assert_eq!(shown(&store), ["d: 3=histogram 5=1", "up{job=\"ü\"}: -1=0 0=-0.5 15=stale"]);
    let up = store.series().next().unwrap();
    assert_eq!(up.values()[2].to_bits(), 0x7ff0_0000_0000_0002);
    let mut again = request.store(&mut Store::new());
    assert_eq!((again.samples, again.histograms), (4, 1));
    // A receiver appends: what is later is there already.
    let mut late = store.clone();
    let id = late.find(&Labels::of([("__name__", "d")])).unwrap();
    late.merge(id, [(9, 9.0)]);
    again = request.store(&mut late);
    let refused: Vec<_> = again.refused.iter().map(|(_, at, why)| (*at, *why)).collect();
    assert_eq!(refused[..2], [(-1, NotAppended::OutOfOrder), (0, NotAppended::OutOfOrder)]);
    assert_eq!(refused[2..], [(3, NotAppended::OutOfOrder), (5, NotAppended::OutOfOrder)]);
}

#[test]
fn a_request_of_version_2_is_read() {
    let symbols = ["", "__name__", "a_total", "job", "x", "All.", "seconds"];
    let message = v2::Request {
        symbols: symbols.map(String::from).into(),
        timeseries: vec![v2::TimeSeries {
            labels_refs: vec![1, 2, 3, 4],
            samples: vec![v2::Sample { value: 1.5, timestamp: 10 }],
            histograms: vec![v2::Histogram { sum: 1.0, timestamp: 20 }],
            exemplars: vec![v2::Exemplar { value: 1.0, timestamp: 3 }],
            metadata: Some(v2::Metadata { r#type: 1, help_ref: 5, unit_ref: 6 }),
            created_timestamp: 7,
        }],
    };
    let bytes = message.encode_to_vec();
    let request = decode(&pack(&bytes), Protocol::V2).unwrap();
    assert_eq!(shown(&stored(&request)), ["a_total{job=\"x\"}: 10=1.5 20=histogram"]);
    assert_eq!((request.exemplars, request.mistakes.len()), (1, 0));
    let family = request.families.get("a").unwrap();
    assert_eq!((&*family.help, &*family.unit), ("All.", "seconds"));
    // References that are not packed mean the same.
    let unpacked = b"\x22\x00\x22\x01a\x22\x01b\x2a\x06\x08\x01\x08\x02\x12\x00";
    let request = decode(&pack(unpacked), Protocol::V2).unwrap();
    assert_eq!(shown(&stored(&request)), ["{a=\"b\"}: 0=0"]);
    // With the wrong version a message is empty, and not something else.
    let mistaken = decode(&pack(&bytes), Protocol::V1).unwrap();
    assert_eq!(mistaken, Request::default());
}

#[test]
fn bad_bytes_say_what_is_wrong() {
    let check = |body: &[u8], protocol: Protocol, expected: &str| {
        assert_eq!(decode(body, protocol).unwrap_err().to_string(), expected);
    };
    let snappy = "not a snappy block: snappy: corrupt input (empty)";
    check(b"", Protocol::V1, snappy);
    check(
        b"\x05\x00a",
        Protocol::V1,
        "not a snappy block: snappy: corrupt input (header mismatch; expected 5 decompressed bytes but got 1)",
    );
    check(
        &pack(b"\x0a\x04\x0a\x02\x08\x01"),
        Protocol::V1,
        "not the protobuf message: Label: field 1 is not a text at byte 4",
    );
    check(
        &pack(b"\x0a\x05\x0a\x03\x0a\x01\xff"),
        Protocol::V1,
        "not the protobuf message: Label: field 1 is not UTF-8 text at byte 6",
    );
    check(
        &pack(b"\x0a\x05\x12\x03\x08\x01\x10"),
        Protocol::V1,
        "not the protobuf message: Sample: field 1 is not a double at byte 4",
    );
    check(
        &pack(b"\x2a\x03\x0a\x01\xff"),
        Protocol::V2,
        "not the protobuf message: TimeSeries: a number is cut off at byte 4",
    );
    let long = pack(&vec![0; MESSAGE_BYTES_MAX + 1]);
    let bytes = MESSAGE_BYTES_MAX + 1;
    assert_eq!(decode(&long, Protocol::V1), Err(BadBody::TooLong { bytes }));
}

#[test]
fn series_with_labels_that_cannot_be_are_told_and_the_others_read() {
    let message = v1::WriteRequest {
        timeseries: vec![
            v1_series(&[("job", "x"), ("__name__", "up")], &[(1, 1.0)]),
            v1_series(&[("__name__", "up"), ("job", "x"), ("job", "y")], &[(1, 1.0)]),
            v1_series(&[("__name__", "up"), ("job", "")], &[(1, 1.0)]),
            v1_series(&[("", "up")], &[(1, 1.0)]),
            v1_series(&[], &[(1, 1.0)]),
            v1_series(&[("__name__", "good")], &[(1, 1.0)]),
        ],
        metadata: vec![],
    };
    let body = pack(&message.encode_to_vec());
    let request = decode(&body, Protocol::V1).unwrap();
    assert_eq!(shown(&stored(&request)), ["good: 1=1"]);
    assert_eq!(
        request.mistakes,
        [
            "the series at byte 0: the labels are not sorted: `job` before `__name__`",
            "the series at byte 41: the label `job` is there twice",
            "the series at byte 92: the label `job` has no value",
            "the series at byte 130: a label has no name",
            "the series at byte 151: it has no labels",
        ]
    );
    let references = |refs: &[u32]| v2::TimeSeries {
        labels_refs: refs.to_vec(),
        samples: vec![v2::Sample::default()],
        ..v2::TimeSeries::default()
    };
    let message = v2::Request {
        symbols: ["", "a", "b"].map(String::from).into(),
        timeseries: vec![references(&[1, 3]), references(&[1]), references(&[1, 2])],
    };
    let request = decode(&pack(&message.encode_to_vec()), Protocol::V2).unwrap();
    assert_eq!((request.series.len(), request.refused), (1, 2));
    assert_eq!(
        request.mistakes,
        [
            "the series at byte 8: it refers to symbol 3 of 3, which count from 0",
            "the series at byte 16: its last label has a name and no value",
        ]
    );
}

#[test]
fn a_saved_body_is_read_as_a_file_of_either_version() {
    let mut series = v1_series(&[("__name__", "up")], &[(20, 1.0), (10, special::STALE)]);
    series.histograms = vec![v1::Histogram { sum: 1.0, timestamp: 30 }];
    let message = v1::WriteRequest {
        timeseries: vec![series, v1_series(&[("b", "1"), ("a", "2")], &[(1, 1.0)])],
        metadata: vec![],
    };
    let (found, reading) = read("body.rw", pack(&message.encode_to_vec()));
    assert_eq!(shown(&found), ["up: 10=stale 20=1 30=histogram"]);
    assert_eq!(
        lines(&reading.diagnostics),
        [
            "body.rw:1:1: error[K0220]: the series at byte 57: the labels are not sorted: `b` before `a`",
            "body.rw:1:1: warning[K0247]: 1 native histogram sample is not read; a query that meets it is refused",
        ]
    );
    let symbols = ["", "__name__", "up"].map(String::from).into();
    let series = v2::TimeSeries {
        labels_refs: vec![1, 2],
        samples: vec![v2::Sample { value: 2.0, timestamp: 1 }],
        ..v2::TimeSeries::default()
    };
    let message = v2::Request { symbols, timeseries: vec![series] };
    let mut body = pack(&message.encode_to_vec());
    assert_eq!(shown(&read("body", &body).0), ["up: 1=2"]);
    body.truncate(body.len() - 1);
    let (_, reading) = read("body", &body);
    assert_eq!(
        lines(&reading.diagnostics),
        [
            "body:1:1: error[K0220]: not a snappy block: snappy: corrupt input (expected literal read of length 35; remaining src: 34; remaining dst: 35)"
        ]
    );
}

#[test]
fn a_flood_of_mistakes_is_counted_and_what_is_out_of_order_is_noted() {
    let mut timeseries = vec![v1_series(&[], &[]); 25];
    timeseries.push(v1_series(&[("__name__", "up")], &[(20, 1.0), (10, 2.0), (10, 3.0)]));
    let body = pack(&v1::WriteRequest { timeseries, metadata: vec![] }.encode_to_vec());
    let request = decode(&body, Protocol::V1).unwrap();
    assert_eq!((request.refused, request.mistakes.len()), (25, 20));
    let (found, reading) = read("body.rw", &body);
    assert_eq!(shown(&found), ["up: 10=3 20=1"]);
    let told = lines(&reading.diagnostics);
    assert_eq!(told[0], "body.rw:1:1: error[K0220]: the series at byte 0: it has no labels");
    assert_eq!(
        told[20..],
        [
            "body.rw:1:1: error[K0219]: … and 5 more like these",
            "body.rw:1:1: note[K0233]: 1 sample has the time of the one before it; one of them counts",
            "body.rw:1:1: note[K0234]: 1 sample is earlier than the one before it; put in order",
        ]
    );
}

#[test]
fn a_store_becomes_requests_of_at_most_so_many_samples() {
    let store = store(&[
        (&[("__name__", "b")], &[(1, 1.0), (2, 2.0), (3, special::STALE), (4, 4.0)]),
        (&[("__name__", "a"), ("x", "1")], &[(2, 0.0)]),
        (&[("__name__", "c")], &[(1, special::NATIVE_HISTOGRAM)]),
        (&[("__name__", "d")], &[(9, 9.0)]),
    ]);
    let parts = |batches: Batches<'_>| -> Vec<Vec<String>> {
        let body = |body: knockon_telemetry::remote_write::Body| {
            let request = decode(&body.bytes, Protocol::V1).unwrap();
            let found = stored(&request);
            assert_eq!(found.series().map(|it| it.values().len()).sum::<usize>(), body.samples);
            shown(&found)
        };
        batches.map(body).collect()
    };
    assert_eq!(
        parts(Batches::new(&store, 3)),
        [vec!["a{x=\"1\"}: 2=0", "b: 1=1 2=2"], vec!["b: 3=stale 4=4", "d: 9=9"]]
    );
    assert_eq!(parts(Batches::new(&store, 0)).len(), 6);
    assert_eq!(
        parts(Batches::new(&store, 9).between(1, 3)),
        [["a{x=\"1\"}: 2=0", "b: 2=2 3=stale"]]
    );
    assert_eq!(Batches::new(&Store::new(), 9).count(), 0);
}

#[test]
fn families_are_sent_and_read_back() {
    let mut families = Families::new();
    for it in FamilyType::ALL {
        let family = families.entry(it.as_str());
        (family.family_type, family.help, family.unit) = (it, "H".into(), "u".into());
    }
    let body = encode_families(&families).unwrap();
    assert_eq!(decode(&body, Protocol::V1).unwrap().families, families);
    let sent = v1::WriteRequest::decode(&*unpack(&body)).unwrap().metadata;
    let gauges = sent.iter().find(|it| it.metric_family_name == "gaugehistogram").unwrap();
    assert_eq!(gauges.r#type, 4);
    assert_eq!(encode_families(&Families::new()), None);
}

proptest! {
    #[test]
    fn any_store_is_sent_and_read_back_to_the_bit(store in stores(), samples_max in 1..9_usize) {
        let mut found = Store::new();
        let mut sent = Store::new();
        for body in Batches::new(&store, samples_max) {
            prop_assert!(body.samples <= samples_max);
            decode(&body.bytes, Protocol::V1).unwrap().store(&mut found);
            // The library reads the same.
            let message = v1::WriteRequest::decode(&*unpack(&body.bytes)).unwrap();
            for series in message.timeseries {
                let labels = series.labels.iter().map(|it| (&it.name, &it.value));
                let id = sent.open(&Labels::of(labels));
                sent.merge(id, series.samples.iter().map(|it| (it.timestamp, it.value)));
            }
        }
        prop_assert_eq!(bits(&found), bits(&store));
        prop_assert_eq!(bits(&sent), bits(&store));
    }

    #[test]
    fn any_message_is_survived(
        store in stores(),
        at: prop::sample::Index,
        byte: u8,
        cut in 0..3_usize,
        is_packed: bool,
    ) {
        for body in Batches::new(&store, 100) {
            let mut bytes = if is_packed { unpack(&body.bytes) } else { body.bytes };
            let at = at.index(bytes.len());
            bytes.splice(at..(at + cut).min(bytes.len()), [byte]);
            let body = if is_packed { pack(&bytes) } else { bytes };
            for protocol in [Protocol::V1, Protocol::V2] {
                if let Ok(request) = decode(&body, protocol) {
                    request.store(&mut Store::new());
                }
            }
            assert_sane(&read("body", &body).1.diagnostics);
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        for body in [bytes.clone(), pack(&bytes)] {
            for protocol in [Protocol::V1, Protocol::V2] {
                let _ = decode(&body, protocol);
            }
            assert_sane(&read("body", &body).1.diagnostics);
        }
    }
}
