//! Changes as delivery tools report them.

use knockon_core::{Service, ServiceKind, System, SystemBuilder};
use knockon_telemetry::{BundleReading, EvidenceReader, format_time};

use crate::shop::{assert_sane, lines, marked, shop, unplaced};

const DEPLOYMENTS: &str = include_str!("data/github-deployments.json");
const STATUSES: &str = include_str!("data/github-statuses.json");
const WEBHOOK: &str = include_str!("data/github-deployment-status.json");
const APPLICATIONS: &str = include_str!("data/argocd-applications.json");
const CDEVENTS: &str = include_str!("data/cdevents.jsonl");
const GIT_LOG: &str = include_str!("data/git-log.txt");

fn read_of(system: &System, files: &[(&str, &str)]) -> BundleReading {
    let mut reader = EvidenceReader::new(system);
    for (name, text) in files {
        reader.changes(name, text.as_bytes());
    }
    let reading = reader.finish();
    assert_sane(&reading);
    reading
}

fn read(files: &[(&str, &str)]) -> BundleReading {
    read_of(&shop(), files)
}

fn changes(reading: &BundleReading) -> Vec<String> {
    let show = |change: &knockon_telemetry::Change| {
        let known = if change.service.is_some() { "" } else { "?" };
        let or_none = |text: &Option<String>| text.clone().unwrap_or("-".to_owned());
        let version: String = or_none(&change.version).chars().take(12).collect();
        let (time, service, kind) =
            (format_time(change.time), &change.service_name, change.kind.as_str());
        let (by, summary) = (or_none(&change.by), or_none(&change.summary));
        format!("{} {service}{known} {kind} {version} by {by}: {summary}", &time[11..19])
    };
    reading.evidence.changes.iter().map(show).collect()
}

#[test]
fn a_deployment_of_github_counts_from_when_it_was_in_progress_unless_it_failed() {
    let reading = read(&[
        ("changes.deployments.json", DEPLOYMENTS),
        ("changes.statuses.json", STATUSES),
        ("changes.hook.json", WEBHOOK),
    ]);
    assert_eq!(lines(&reading.diagnostics), [""; 0]);
    assert_eq!(
        changes(&reading),
        [
            "11:51:00 orders deploy a84d88e7554f by octocat: Deploy request from hubot, to production",
            "11:58:55 carts deploy f95f852bd8fc by Codertocat: to production",
        ]
    );
    assert_eq!(
        lines(&reading.evidence.notes),
        [
            "changes.deployments.json:49:3: note[K0258]: 1 event changed nothing that runs; passed over",
            "changes.deployments.json:1:1: note[K0258]: 1 event changed nothing that runs; passed over",
            "changes.deployments.json:1:1: note[K0259]: 1 event is of another environment than production; passed over",
        ]
    );
}

#[test]
fn without_statuses_a_deployment_counts_as_it_was_asked_for() {
    let reading = read(&[("changes.json", DEPLOYMENTS)]);
    let times: Vec<_> = changes(&reading).iter().map(|line| line[..15].to_owned()).collect();
    assert_eq!(times, ["11:40:00 carts ", "11:50:00 orders"]);
    let alone = read(&[("changes.json", STATUSES)]);
    assert_eq!(changes(&alone), ["11:51:00 orders deploy - by octocat: to production"]);
}

#[test]
fn the_services_of_a_repository_are_those_that_name_it() {
    let mut builder = SystemBuilder::new("shop");
    for (name, repository) in [
        ("tills", Some("git@github.com:Shop/Orders.git")),
        ("ledger", Some("https://github.com/shop/orders#services/ledger")),
        ("orders", None),
    ] {
        let repository = repository.map(str::to_owned);
        builder
            .service(Service { repository, ..Service::new(name, ServiceKind::Service) })
            .unwrap();
    }
    let reading = read_of(&builder.build(), &[("changes.json", STATUSES)]);
    let services: Vec<_> =
        reading.evidence.changes.iter().map(|change| change.service_name.as_str()).collect();
    assert_eq!(services, ["ledger", "tills"]);
}

#[test]
fn applications_of_argo_cd_tell_what_was_synchronised() {
    let reading = read(&[("changes.argocd.json", APPLICATIONS)]);
    assert_eq!(
        changes(&reading),
        [
            "10:00:02 orders-prod deploy e5585fcf2236 by ana: from apps/orders",
            "11:00:00 front-end deploy 1.2.0 9f8e7d by -: -",
            "11:01:00 billing? deploy abc by -: -",
            "11:30:05 orders-prod config e5585fcf2236 by automated sync: from apps/orders",
            "11:59:00 orders-prod deploy 11a36ed2f6e1 by bo: -",
        ]
    );
    assert_eq!(
        lines(&reading.diagnostics),
        ["changes.argocd.json:65:5: error[K0208]: `soon` is not a time"]
    );
    assert_eq!(unplaced(&reading.evidence), ["billing×1"]);

    // One application, and the list of `argocd app list`, which has neither version nor kind.
    let bare = r#"[{"metadata":{"name":"carts"},"spec":{"destination":{}},
        "status":{"history":[{"deployedAt":"2026-01-01T11:00:00Z","revision":"7"}]}}]"#;
    assert_eq!(changes(&read(&[("c", bare)])), ["11:00:00 carts deploy 7 by -: -"]);
    let one = r#"{"apiVersion":"argoproj.io/v1alpha1","kind":"Application","metadata":{"name":"carts"},
        "status":{"history":[{"deployedAt":"2026-01-01T11:00:00Z","revision":"7"}]}}"#;
    assert_eq!(changes(&read(&[("c", one)])), ["11:00:00 carts deploy 7 by -: -"]);
}

#[test]
fn cdevents_are_read_bare_and_in_their_envelope() {
    let reading = read(&[("changes.cdevents.jsonl", CDEVENTS)]);
    assert_eq!(lines(&reading.diagnostics), [""; 0]);
    assert_eq!(
        changes(&reading),
        [
            "11:40:05 orders deploy 2.14.0 by /event/source/123: to production",
            "11:42:00 production? config - by /cd/terraform: environment modified",
            "11:50:00 shop/carts deploy 1.9.3 by /cd/flux: rollback to production",
        ]
    );
    assert_eq!(
        lines(&reading.evidence.notes),
        [
            "changes.cdevents.jsonl:3:253: note[K0258]: 1 event changed nothing that runs; passed over",
            "changes.cdevents.jsonl:1:1: note[K0259]: 1 event is of another environment than production; passed over",
        ]
    );
    let list = format!("[{}]", CDEVENTS.trim().replace('\n', ","));
    assert_eq!(changes(&read(&[("c", &list)])), changes(&reading));
}

#[test]
fn a_log_of_commits_is_of_the_service_in_the_name_of_its_file() {
    let reading = read(&[("changes.orders.log", GIT_LOG)]);
    assert_eq!(lines(&reading.diagnostics), [""; 0]);
    assert_eq!(
        changes(&reading),
        [
            "11:00:00 orders commit 9a8b7c6d5e4f by Bo: Merge branch 'tax'",
            "11:30:00 orders commit 3c0a1f7e2d4b by Ana: Round totals up",
        ]
    );
    let nameless = read(&[("changes.log", GIT_LOG)]);
    assert_eq!(
        lines(&nameless.diagnostics),
        ["changes.log:1:1: error[K0218]: a log of commits does not say of which service"]
    );
}

#[test]
fn mistakes_of_events_and_logs_are_told_at_their_places() {
    let check = |name: &str, text: &str, expected: &[&str]| {
        assert_eq!(lines(&read(&[(name, text)]).diagnostics), expected, "{text}");
    };
    check(
        "changes.jsonl",
        "{\"context\":{\"type\":\"dev.cdevents.service.deployed.0.1.0\"},\"subject\":{\"id\":\"x\"}}\n{\"context\":{\"type\":\"dev.cdevents.service.removed.0.1.0\",\"timestamp\":\"now\"},\"subject\":{\"id\":\"x\"}}\n{\"time\":1,\"service\":\"carts\"}\n{\"service\":\"carts\"}\n",
        &[
            "changes.jsonl:1:79: error[K0218]: the event has no `context.timestamp`",
            "changes.jsonl:2:96: error[K0208]: `now` is not a time",
            "changes.jsonl:4:19: error[K0218]: the change has no `time`",
        ],
    );
    check(
        "changes.jsonl",
        "{\"time\":1,\"service\":\"carts\"}\n{\"time\":2,",
        &["changes.jsonl:2:10: error[K0212]: EOF while parsing a value"],
    );
    check(
        "changes.json",
        r#"[{"sha":"a","statuses_url":"b","url":"c"},{"sha":"a","statuses_url":"b","created_at":"2026-01-01T11:00:00Z"}]"#,
        &[
            "changes.json:1:2: error[K0218]: the event has no `created_at`",
            "changes.json:1:43: error[K0218]: the event has no `url`",
        ],
    );
    check(
        "changes.orders.log",
        "commit 1234567\nAuthor: Ana <a@b>\n\ncommit 7654321\nDate: 2 hours ago\n",
        &[
            "changes.orders.log:1:1: error[K0218]: the commit has no date",
            "changes.orders.log:5:7: error[K0208]: `2 hours ago` is not a time",
        ],
    );
}

#[test]
fn what_was_deployed_since_does_not_move_the_end_of_the_evidence() {
    let system = shop();
    let mut reader = EvidenceReader::new(&system);
    reader.changes("changes.json", &br#"[{"time":9000,"service":"carts"}]"#[..]);
    let alone = reader.finish().evidence;
    assert_eq!(alone.last_moment().unwrap().unix_ms, 9_000_000);
    let mut reader = EvidenceReader::new(&system);
    reader.changes("changes.json", &br#"[{"time":9000,"service":"carts"}]"#[..]);
    reader.metrics("metrics.csv", &b"time,carts_cpu\n100,1\n"[..]);
    assert_eq!(reader.finish().evidence.last_moment().unwrap().unix_ms, 100_000);
}

#[test]
fn a_wrong_date_of_a_log_is_marked() {
    let reading = read(&[("changes.orders.log", "commit 7654321\nDate:   soon  \n")]);
    assert_eq!(reading.diagnostics.iter().map(marked).collect::<Vec<_>>(), ["soon"]);
}

#[test]
fn what_two_sources_report_is_one_change() {
    let check = |one: &str, two: &str, expected: &[&str]| {
        let list = format!("[{one},{two}]");
        assert_eq!(changes(&read(&[("changes.json", &list)])), expected, "{list}");
    };
    let own = |time: &str, kind: &str, version: &str, rest: &str| {
        format!(
            r#"{{"time":"2026-01-01T11:{time}Z","service":"carts","kind":"{kind}","version":"{version}"{rest}}}"#
        )
    };
    check(
        &own("00:00", "deploy", "3c0a1f7", ""),
        &own("00:40", "deploy", "3c0a1f7e2d4b5a69", r#","by":"ana""#),
        &["11:00:00 carts deploy 3c0a1f7 by ana: -"],
    );
    check(
        &own("00:00", "commit", "3c0a1f7", r#","summary":"Round up""#),
        &own("01:00", "deploy", "3c0a1f7", ""),
        &["11:00:00 carts deploy 3c0a1f7 by -: Round up"],
    );
    check(
        &own("00:00", "deploy", "2.1", ""),
        &own("01:01", "deploy", "2.1", ""),
        &["11:00:00 carts deploy 2.1 by -: -", "11:01:01 carts deploy 2.1 by -: -"],
    );
    check(
        &own("00:00", "deploy", "2.1", ""),
        &own("00:00", "deploy", "2.10", ""),
        &["11:00:00 carts deploy 2.1 by -: -", "11:00:00 carts deploy 2.10 by -: -"],
    );
    // Two flags that were switched in the same way are two.
    check(
        &own("00:00", "flag", "off->on", r#","summary":"a""#),
        &own("00:00", "flag", "off->on", r#","summary":"b""#),
        &["11:00:00 carts flag off->on by -: a", "11:00:00 carts flag off->on by -: b"],
    );
}

#[test]
fn what_is_cut_off_anywhere_is_told_and_survived() {
    for text in [DEPLOYMENTS, STATUSES, WEBHOOK, APPLICATIONS, CDEVENTS, GIT_LOG] {
        for end in (0..text.len()).step_by(7).filter(|end| text.is_char_boundary(*end)) {
            read(&[("changes.carts.log", &text[..end])]);
        }
    }
}
