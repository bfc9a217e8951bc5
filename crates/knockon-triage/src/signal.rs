//! What a metric or an alert speaks of, told from its name: the four golden signals and three more.
//!
//! The names are those of the exporters people run and of the OpenTelemetry conventions. A name
//! that says nothing is [`Signal::Other`]: it can still deviate, and is trusted less.

/// What a metric measures, which decides whether its trouble can be inherited from elsewhere.
///
/// Latency, traffic, errors and saturation are the four golden signals of Google's *Site Reliability
/// Engineering*, chapter 6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Signal {
    /// How long things take. Inherited from what is called.
    Latency,
    /// What share fails. Inherited from what is called.
    Errors,
    /// How much is asked for. Inherited from who calls.
    Traffic,
    /// Requests that the caller gave up on: cancelled at the server, by the client's deadline.
    /// Inherited from who calls, and nobody's fault but theirs.
    Abandoned,
    /// What share of calls got no answer: refused, timed out, no such host. Of a callee or of the way
    /// to it.
    Unanswered,
    /// What a caller does about a callee in trouble: retries, open breakers. Inherited from there.
    Defence,
    /// How full a resource is. A service's own.
    Saturation,
    /// What waits: queue depth, lag, age of the oldest message.
    Backlog,
    /// Restarts, crashes, kills. A service's own.
    Restarts,
    /// How much there is to do the work with: replicas, consumers, a limit. Bad when it falls.
    Capacity,
    /// How many errors and warnings were written to a log. Whoever calls something broken writes most.
    Logged,
    /// Anything else.
    Other,
}

impl Signal {
    /// The lower-case word for it in reports and JSON.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::Errors => "errors",
            Self::Traffic => "traffic",
            Self::Abandoned => "abandoned",
            Self::Unanswered => "unanswered",
            Self::Defence => "defence",
            Self::Saturation => "saturation",
            Self::Backlog => "backlog",
            Self::Restarts => "restarts",
            Self::Capacity => "capacity",
            Self::Logged => "logged",
            Self::Other => "other",
        }
    }
}

/// How the values of a metric are to be read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Reading {
    /// What it measures.
    pub(crate) signal: Signal,
    /// Whether a fall is the bad direction (`availability`, `cache_hit_ratio`).
    pub(crate) falls_when_bad: bool,
    /// What one unit is in seconds (latency) or as a share (errors given in percent: 0.01).
    pub(crate) unit: f64,
}

const ERRORS: &[&str] = &[
    "error",
    "errors",
    "err",
    "errs",
    "fail",
    "fails",
    "failed",
    "failing",
    "failure",
    "failures",
    "exception",
    "exceptions",
    "rejected",
    "rejection",
    "rejections",
    "refused",
    "throttle",
    "throttled",
    "timeout",
    "timeouts",
    "unavailable",
    "dropped",
    "drops",
    "aborted",
    "nack",
    "unauthorized",
    "denied",
    "invalid",
    "5xx",
    "4xx",
    "500",
    "502",
    "503",
    "504",
    "401",
    "403",
    "429",
];
const SUCCESS: &[&str] = &["availability", "success", "successful", "succeeded", "up", "healthy"];
const RESTARTS: &[&str] = &[
    "restart",
    "restarts",
    "oom",
    "oomkill",
    "oomkilled",
    "killed",
    "crash",
    "crashes",
    "crashloop",
    "crashlooping",
    "evicted",
    "evictions",
];
const DEFENCE: &[&str] = &["retry", "retries", "breaker", "circuitbreaker"];
const LATENCY: &[&str] = &[
    "latency",
    "duration",
    "lat",
    "wait",
    "rtt",
    "delay",
    "slow",
    "p50",
    "p75",
    "p90",
    "p95",
    "p99",
    "p999",
    "responsetime",
];
const BACKLOG: &[&str] =
    &["queue", "backlog", "lag", "pending", "age", "depth", "unacked", "stale", "stuck", "waiting"];
const SATURATION: &[&str] = &[
    "cpu",
    "mem",
    "memory",
    "rss",
    "heap",
    "disk",
    "fs",
    "utilization",
    "utilisation",
    "used",
    "usage",
    "pool",
    "connection",
    "connections",
    "conns",
    "threads",
    "fds",
    "saturation",
    "swap",
    "buffer",
    "inuse",
    "full",
    "exhausted",
];
const CAPACITY: &[&str] = &["limit", "limits", "max", "quota", "replicas", "desired", "consumers"];
const TRAFFIC: &[&str] = &[
    "request",
    "requests",
    "responses",
    "req",
    "rps",
    "qps",
    "throughput",
    "lod",
    "load",
    "count",
    "hits",
    "queries",
    "ops",
    "messages",
    "calls",
    "records",
    "sent",
    "received",
    "receive",
    "transmit",
    "network",
    "net",
    "bytes",
    "traffic",
    "orders",
];

/// Reads a metric's name, or an alert's.
pub(crate) fn read(name: &str) -> Reading {
    let words = words(name);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let plain = |signal| Reading { signal, falls_when_bad: false, unit: 1.0 };
    let falls = |signal| Reading { falls_when_bad: true, ..plain(signal) };
    let per_request = words.ends_with(&["per".into(), "request".into()]);

    if words.first().is_some_and(|word| word == "log") && has(&["lines"]) {
        plain(Signal::Logged)
    } else if has(&["cpu"]) {
        plain(Signal::Saturation)
    } else if has(&["cancelled", "canceled", "abandoned"]) {
        plain(Signal::Abandoned)
    } else if has(DEFENCE) {
        plain(Signal::Defence)
    } else if has(&["message", "messages", "queue"]) && has(&["age"]) {
        plain(Signal::Backlog)
    } else if has(&["replicas"]) && has(&["unavailable"]) {
        // A rollout has some all the time; how many are available says whether they are missed.
        plain(Signal::Other)
    } else if has(ERRORS) {
        Reading { unit: percent(&words), ..plain(Signal::Errors) }
    } else if words.last().is_some_and(|word| word == "up") && words.len() <= 2 {
        // `up`, `pg_up`, `redis_up`: whether the thing answers its exporter at all.
        falls(Signal::Capacity)
    } else if has(SUCCESS) {
        Reading { unit: percent(&words), ..falls(Signal::Errors) }
    } else if has(RESTARTS) {
        plain(Signal::Restarts)
    } else if has(LATENCY) || (has(&["response"]) && has(&["time"])) {
        Reading { unit: seconds(&words), ..plain(Signal::Latency) }
    } else if has(CAPACITY) {
        falls(Signal::Capacity)
    } else if has(BACKLOG) && words.last().is_some_and(|word| word == "total") {
        // What went through a queue, not what waits in it.
        plain(Signal::Traffic)
    } else if has(BACKLOG) {
        plain(Signal::Backlog)
    } else if has(&["idle"]) {
        // What is idle is not used, whatever it is part of.
        plain(Signal::Other)
    } else if has(SATURATION) {
        plain(Signal::Saturation)
    } else if has(&["hit", "hitrate"]) {
        falls(Signal::Other)
    } else if has(TRAFFIC) && !per_request {
        plain(Signal::Traffic)
    } else {
        plain(Signal::Other)
    }
}

/// Whether a metric's values are moments, as its name says: they only say when, and are always later
/// than before.
pub(crate) fn is_moment(name: &str) -> bool {
    words(name).iter().any(|word| word == "timestamp")
}

/// The words of a name in which a limit and what it limits agree.
pub(crate) fn words_of_limit(name: &str) -> Vec<String> {
    let said = ["max", "limit", "limits", "settings", "global", "variables", "status", "bytes"];
    words(name).into_iter().filter(|word| !said.contains(&word.as_str())).collect()
}

/// Whether the name says that it is a limit.
pub(crate) fn is_limit(name: &str) -> bool {
    words(name).iter().any(|word| matches!(word.as_str(), "max" | "limit" | "limits"))
}

/// Whether a name has a word.
pub(crate) fn has_word(name: &str, word: &str) -> bool {
    words(name).iter().any(|it| it == word)
}

/// Whether the name of an alert says that something fell.
pub(crate) fn says_fall(name: &str) -> bool {
    words(name)
        .iter()
        .any(|word| matches!(word.as_str(), "down" | "low" | "drop" | "dropped" | "fell"))
}

/// Whether the name of an alert says that a service is asked more than usual: a rise in requests, and
/// not in those it makes itself, nor in bytes, which replies and retries bring as well.
pub(crate) fn says_asked_more(name: &str) -> bool {
    let words = words(name);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    read(name).signal == Signal::Traffic
        && has(&["requests", "request", "req", "rps", "qps", "throughput", "load", "traffic"])
        && has(&["high", "rise", "rises", "rose", "surge", "spike"])
        && !has(&["src", "source", "client", "outbound", "upstream", "bytes", "network"])
}

/// Whether the name of an alert says that it is about lines in a log.
pub(crate) fn says_log(name: &str) -> bool {
    words(name).iter().any(|word| matches!(word.as_str(), "log" | "logs" | "logline"))
}

/// The words of a name in lower case: split at anything that is not a letter or a digit, and where
/// a capital follows a small letter.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut after_small = false;
    for c in name.chars() {
        let ends_word = !c.is_alphanumeric() || (after_small && c.is_uppercase());
        if ends_word && !current.is_empty() {
            words.push(std::mem::take(&mut current));
        }
        if c.is_alphanumeric() {
            current.extend(c.to_lowercase());
        }
        after_small = c.is_lowercase();
    }
    if !current.is_empty() {
        words.push(current);
    }
    words
}

/// One unit of a latency, in seconds. Prometheus' base unit is the second, so that is what no unit
/// means.
fn seconds(words: &[String]) -> f64 {
    let unit = |word: &String| match word.as_str() {
        "ms" | "millis" | "milliseconds" => Some(1e-3),
        "us" | "micros" | "microseconds" => Some(1e-6),
        "ns" | "nanos" | "nanoseconds" => Some(1e-9),
        "minutes" => Some(60.0),
        _ => None,
    };
    words.iter().find_map(unit).unwrap_or(1.0)
}

fn percent(words: &[String]) -> f64 {
    if words.iter().any(|word| matches!(word.as_str(), "percent" | "pct" | "percentage")) {
        0.01
    } else {
        1.0
    }
}

/// How well a statistic of a latency stands for the time that users spent: the mean does, the
/// median nearly, a tail least. Smaller is better.
pub(crate) fn statistic_rank(name: &str) -> u8 {
    let words = words(name);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if has(&["mean", "avg", "average"]) {
        0
    } else if has(&["p50", "50", "median"]) {
        1
    } else if has(&["p75", "p90", "p95", "75", "90", "95"]) {
        3
    } else if has(&["p99", "p999", "99", "999", "max"]) {
        4
    } else {
        2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_exporters_and_conventions_are_read() {
        let check = |name: &str, signal: Signal| assert_eq!(read(name).signal, signal, "{name}");
        check("http_server_request_duration_seconds_mean", Signal::Latency);
        check("latency_Average", Signal::Latency);
        check("lat_50", Signal::Latency);
        check("dest_p95", Signal::Latency);
        check("db_pool_wait_seconds_p99", Signal::Latency);
        check("http_5xx_ratio", Signal::Errors);
        check("availability_Average", Signal::Errors);
        check("dest_success_rate", Signal::Errors);
        check("rpc_server_cancelled_rate", Signal::Abandoned);
        check("memory_persist_error_ratio", Signal::Errors);
        check("up", Signal::Capacity);
        check("pg_up", Signal::Capacity);
        check("rabbitmq_queue_consumers", Signal::Capacity);
        check("container_cpu_cfs_throttled_periods_total", Signal::Saturation);
        check("cpu_utilization", Signal::Saturation);
        check("mem", Signal::Saturation);
        check("disk_used_pct", Signal::Saturation);
        check("db_pool_in_use", Signal::Saturation);
        check("pg_stat_activity_connections", Signal::Saturation);
        check("rabbitmq_queue_messages", Signal::Backlog);
        check("queue_oldest_message_age_seconds", Signal::Backlog);
        check("kube_pod_container_status_restarts_total", Signal::Restarts);
        check("container_oom_killed_total", Signal::Restarts);
        check("db_pool_max_conns", Signal::Capacity);
        check("kube_deployment_status_replicas", Signal::Capacity);
        check("kube_deployment_status_replicas_unavailable", Signal::Other);
        check("state_machine_stuck_things", Signal::Backlog);
        check("rabbitmq_queue_messages_published_total", Signal::Traffic);
        check("queue_message_age_seconds_p99", Signal::Backlog);
        check("hikaricp_connections_idle", Signal::Other);
        check("envoy_cluster_upstream_rq_retry_total", Signal::Defence);
        check("http_requests_total", Signal::Traffic);
        check("request_rate_rps", Signal::Traffic);
        check("db_query_count_per_request", Signal::Other);
        check("cache_hit_ratio", Signal::Other);
        check("log_error_lines_per_minute", Signal::Logged);
        check("PaymentErrorsHigh", Signal::Errors);
        check("CheckoutLatencyP99", Signal::Latency);
        check("", Signal::Other);
        check("ünï", Signal::Other);
    }

    #[test]
    fn units_and_bad_directions_are_read() {
        let check = |name: &str, falls: bool, unit: f64| {
            let reading = read(name);
            assert_eq!((reading.falls_when_bad, reading.unit), (falls, unit), "{name}");
        };
        check("http_server_duration_p99_ms", false, 1e-3);
        check("http_request_duration_seconds", false, 1.0);
        check("availability", true, 1.0);
        check("error_pct", false, 0.01);
        check("cache_hit_ratio", true, 1.0);
    }

    #[test]
    fn a_rise_of_what_a_service_is_asked_for_is_known_by_its_name() {
        for name in ["dest_qps high", "HttpRequestsSurge", "request_rate rises"] {
            assert!(says_asked_more(name), "{name}");
        }
        for name in ["src_qps high", "dest_qps low", "network_receive_bytes high", "cpu high"] {
            assert!(!says_asked_more(name), "{name}");
        }
    }

    #[test]
    fn a_moment_is_known_by_its_name() {
        assert!(is_moment("job_last_success_timestamp_seconds"));
        assert!(!is_moment("http_server_request_duration_seconds"));
    }
}
