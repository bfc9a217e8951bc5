//! Texts that name a cause, as programs write them.
//!
//! The words are those of the programs: strerror of Linux (`connection refused`, `no space left on
//! device`, `too many open files`), the errors of Node.js (<https://nodejs.org/api/errors.html#common-system-errors>),
//! Go's `net` and `crypto/x509`, the JDK, V8, OpenSSL (`X509_V_ERR_CERT_HAS_EXPIRED`),
//! `PostgreSQL` (<https://www.postgresql.org/docs/current/errcodes-appendix.html>), `MySQL`
//! (<https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html>: 1040, 1205, 1213), Redis
//! (`redis.conf`, maxclients and maxmemory), `RabbitMQ` (<https://www.rabbitmq.com/docs/maxlength>), Envoy
//! (<https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage>), nginx, the
//! kubelet, and the pools of `HikariCP` (brettwooldridge/HikariCP#1111), `SQLAlchemy` (`QueuePool limit of
//! size`) and pgx.

/// Whose trouble a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whom {
    /// The service that wrote it, whomever it names.
    Own,
    /// The other end that it names, which gave no answer at all.
    Silent,
    /// The other end that it names, or whom that waits for.
    Peer,
    /// The other end if it names one (a client tells what its database said), else the service.
    Named,
    /// Both: a pool is too small, or what it leads to is slow.
    Both,
}

/// A kind of text that names a cause.
#[derive(Debug, PartialEq)]
pub(crate) struct Saying {
    /// The word for it in JSON.
    pub(crate) what: &'static str,
    pub(crate) whom: Whom,
    /// How plainly it speaks: 1 for a fact that nothing else explains.
    pub(crate) weight: f64,
    /// Parts of such texts in lower case, any of which is enough.
    texts: &'static [&'static str],
}

impl Saying {
    /// Whether it counts at any level: kernels and kubelets report deaths as information.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self.what, "out-of-memory" | "crash" | "crash-loop" | "disk-full")
    }
}

const fn saying(
    what: &'static str,
    whom: Whom,
    weight: f64,
    texts: &'static [&'static str],
) -> Saying {
    Saying { what, whom, weight, texts }
}

/// Of a text that several of these fit the first counts: what is particular comes before what is
/// general.
const SAYINGS: &[Saying] = &[
    saying(
        "out-of-memory",
        Whom::Named,
        1.0,
        &[
            "out of memory",
            "outofmemoryerror",
            "oomkilled",
            "oom-kill",
            "heap space",
            "cannot allocate memory",
            "oom command not allowed",
        ],
    ),
    saying(
        "disk-full",
        Whom::Named,
        1.0,
        &["no space left on device", "enospc", "could not extend file", "disk quota exceeded"],
    ),
    saying(
        "read-only",
        Whom::Named,
        1.0,
        &[
            "read-only file system",
            "erofs",
            "in a read-only transaction",
            "can't write against a read only replica",
        ],
    ),
    saying("too-many-files", Whom::Own, 1.0, &["too many open files", "emfile"]),
    saying(
        "certificate-expired",
        Whom::Named,
        1.0,
        &[
            "certificate has expired",
            "cert_has_expired",
            "certificate expired",
            "certificateexpiredexception",
        ],
    ),
    saying(
        "crash-loop",
        Whom::Own,
        1.0,
        &["back-off restarting failed", "crashloopbackoff", "liveness probe failed"],
    ),
    saying(
        "crash",
        Whom::Own,
        1.0,
        &[
            "panic:",
            "segmentation fault",
            "sigsegv",
            "nullpointerexception",
            "stackoverflowerror",
            "fatal error:",
            "unhandled exception",
            "uncaught exception",
        ],
    ),
    saying(
        "too-many-connections",
        Whom::Named,
        0.8,
        &[
            "too many connections",
            "too many clients already",
            "remaining connection slots are reserved",
            "max number of clients reached",
        ],
    ),
    saying(
        "pool-exhausted",
        Whom::Both,
        0.8,
        &[
            "pool exhausted",
            "exhausted pool",
            "pool is exhausted",
            "connection is not available, request timed out",
            "queuepool limit of size",
            "acquiring connection",
            "acquire connection",
            "waiting for a connection",
            "connection from the pool",
            "connection from pool",
        ],
    ),
    saying(
        "deadlock",
        Whom::Named,
        0.8,
        &["deadlock found", "deadlock detected", "lock wait timeout", "due to lock timeout"],
    ),
    saying(
        "query-timeout",
        Whom::Named,
        0.5,
        &["statement timeout", "maximum statement execution time exceeded", "query timed out"],
    ),
    saying(
        "connection-refused",
        Whom::Silent,
        1.0,
        &["connection refused", "econnrefused", "connect() failed (111"],
    ),
    saying(
        "name-not-found",
        Whom::Silent,
        1.0,
        &[
            "no such host",
            "nxdomain",
            "enotfound",
            "name or service not known",
            "name resolution",
            "could not resolve host",
            "unknownhostexception",
        ],
    ),
    saying(
        "no-endpoints",
        Whom::Silent,
        1.0,
        &["no healthy upstream", "no endpoints available", "no route to host", "ehostunreach"],
    ),
    saying(
        "connection-reset",
        Whom::Silent,
        0.6,
        &[
            "connection reset",
            "econnreset",
            "broken pipe",
            "socket hang up",
            "reset before headers",
            "server closed the connection unexpectedly",
        ],
    ),
    saying(
        "nacked",
        Whom::Peer,
        0.6,
        &["basic.nack", "nacked", "not confirmed", "queue full", "precondition_failed"],
    ),
    saying(
        "breaker-open",
        Whom::Peer,
        0.3,
        &["circuit breaker", "circuitbreaker", "circuit open", "bulkhead full"],
    ),
    saying(
        "rate-limited",
        Whom::Peer,
        0.5,
        &[
            " 429 ",
            "too many requests",
            "rate limit",
            "rate exceeded",
            "throttl",
            "throughputexceeded",
        ],
    ),
    saying(
        "denied",
        Whom::Own,
        0.5,
        &[
            "permission denied",
            "access denied",
            "unauthorized",
            " 401 ",
            "token is expired",
            "token expired",
            "invalid_grant",
            "authentication failed",
            "signature verification failed",
        ],
    ),
    saying(
        "bad-data",
        Whom::Own,
        0.5,
        &[
            "syntaxerror",
            "syntax error",
            "failed to parse",
            "cannot unmarshal",
            "jsondecodeerror",
            "deserializationexception",
            "malformed",
        ],
    ),
    saying(
        "timeout",
        Whom::Peer,
        0.5,
        &["timed out", "timeout", "deadline exceeded", "deadline_exceeded", "etimedout"],
    ),
    saying(
        "upstream-error",
        Whom::Peer,
        0.4,
        &[
            " answered 5",
            " returned 5",
            " status 5",
            "bad gateway",
            "internal server error",
            "service unavailable",
            "status code 5",
        ],
    ),
];

/// What a text says of a cause, if it names one.
pub(crate) fn says(text: &str) -> Option<&'static Saying> {
    // Blanks around, so that a number at an end is a word too.
    let text = format!(" {} ", text.to_lowercase());
    SAYINGS.iter().find(|saying| saying.texts.iter().any(|part| text.contains(part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_programs_name_a_cause() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(says(text).map(|saying| saying.what), expected, "{text}");
        };
        check("dial tcp 10.0.0.7:80: connect: connection refused", Some("connection-refused"));
        check("connect ECONNREFUSED 10.0.0.7:80", Some("connection-refused"));
        check(
            "[error] 31#0: *1 connect() failed (111: Connection refused)",
            Some("connection-refused"),
        );
        check("dial tcp: lookup carts on 10.0.0.2:53: no such host", Some("name-not-found"));
        check(
            "upstream connect error or disconnect/reset before headers. reset reason: x",
            Some("connection-reset"),
        );
        check(
            "HikariPool-1 - Connection is not available, request timed out after 30000ms.",
            Some("pool-exhausted"),
        );
        check(
            "QueuePool limit of size 5 overflow 10 reached, connection timed out",
            Some("pool-exhausted"),
        );
        check("FATAL: sorry, too many clients already", Some("too-many-connections"));
        check("java.lang.OutOfMemoryError: Java heap space", Some("out-of-memory"));
        check("Memory cgroup out of memory: Killed process 4883 (java)", Some("out-of-memory"));
        check("Back-off restarting failed container app in pod a-0", Some("crash-loop"));
        check("x509: certificate has expired or is not yet valid", Some("certificate-expired"));
        check(
            "Deadlock found when trying to get lock; try restarting transaction",
            Some("deadlock"),
        );
        check("GET /pay 429", Some("rate-limited"));
        check("context deadline exceeded", Some("timeout"));
        check("order 429123 was placed", None);
        check("", None);
    }

    #[test]
    fn every_text_is_in_lower_case_and_reached() {
        for saying in SAYINGS {
            for text in saying.texts {
                assert_eq!(text.to_lowercase(), **text);
                assert_eq!(says(text).map(|it| it.what), Some(saying.what), "{text}");
            }
        }
    }
}
