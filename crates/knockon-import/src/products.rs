//! Which product runs in a container, and what sort of service that makes it.
//!
//! In this order: the last part of the image's name; the port that the container opens first; the
//! variables that only the server of a product reads; the service's own name.

use knockon_core::ServiceKind;

use crate::identifier::words;

/// What runs, and what kind of service it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Product {
    /// Its name, if it is one of those known.
    pub(crate) engine: Option<&'static str>,
    pub(crate) kind: ServiceKind,
    /// Whether it only gathers telemetry, so that nobody fails without it.
    pub(crate) is_telemetry: bool,
    /// Whether only its name speaks for it.
    pub(crate) is_guess: bool,
}

const fn of(engine: Option<&'static str>, kind: ServiceKind) -> Product {
    Product { engine, kind, is_telemetry: false, is_guess: false }
}

use ServiceKind::{Broker, Cache, Client, Database, Service};

/// Words of image names, the product, its kind, and the ports only it uses.
const PRODUCTS: &[(&[&str], &str, ServiceKind, &[u16])] = &[
    (&["mariadb"], "mariadb", Database, &[]),
    (&["mysql", "percona"], "mysql", Database, &[3306]),
    (
        &["postgres", "postgresql", "postgis", "timescaledb", "pgvector"],
        "postgresql",
        Database,
        &[5432],
    ),
    (&["mongo", "mongodb"], "mongodb", Database, &[27017]),
    (&["cockroach", "cockroachdb"], "cockroachdb", Database, &[26257]),
    (&["cassandra"], "cassandra", Database, &[9042]),
    (&["scylla", "scylladb"], "scylladb", Database, &[]),
    (&["mssql", "sqlserver"], "sqlserver", Database, &[1433]),
    (&["oracle"], "oracle", Database, &[1521]),
    (&["elasticsearch"], "elasticsearch", Database, &[9200]),
    (&["opensearch"], "opensearch", Database, &[]),
    (&["clickhouse"], "clickhouse", Database, &[]),
    (&["couchdb"], "couchdb", Database, &[5984]),
    (&["neo4j"], "neo4j", Database, &[7687]),
    (&["influxdb"], "influxdb", Database, &[8086]),
    (&["minio"], "minio", Database, &[]),
    (&["dynamodb"], "dynamodb", Database, &[]),
    (&["etcd"], "etcd", Database, &[2379]),
    (&["redis"], "redis", Cache, &[6379]),
    (&["valkey"], "valkey", Cache, &[]),
    (&["memcached", "memcache"], "memcached", Cache, &[11211]),
    (&["rabbitmq"], "rabbitmq", Broker, &[5672]),
    (&["kafka", "redpanda"], "kafka", Broker, &[9092]),
    (&["nats"], "nats", Broker, &[4222]),
    (&["activemq", "artemis"], "activemq", Broker, &[61616]),
    (&["pulsar"], "pulsar", Broker, &[6650]),
    (&["mosquitto", "emqx"], "mqtt", Broker, &[1883]),
];

/// Words that say that an image is about a product, and is not the product.
const ABOUT: &[&str] = &[
    "exporter",
    "ui",
    "operator",
    "client",
    "commander",
    "express",
    "admin",
    "proxy",
    "dashboards",
    "init",
    "backup",
    "consumer",
    "producer",
    "worker",
    "service",
    "api",
    "manager",
    "console",
    "connect",
    "bridge",
    "insight",
    "migrate",
    "migration",
    "migrations",
    "setup",
    "bouncer",
];

/// Names of what gathers telemetry.
const TELEMETRY: &[&str] = &[
    "otelcol",
    "otelcollector",
    "jaeger",
    "zipkin",
    "prometheus",
    "grafana",
    "tempo",
    "loki",
    "promtail",
    "fluentd",
    "fluentbit",
    "statsd",
    "alertmanager",
    "kibana",
    "logstash",
    "filebeat",
];

/// Names of what makes load.
const LOAD: &[&str] = &["loadgenerator", "loadgen", "locust", "k6", "loadtest", "loadtester"];

/// Variables that only the server of a product reads.
const SERVER_VARIABLES: &[(&str, &str)] = &[
    ("MYSQL_ROOT_PASSWORD", "mysql"),
    ("MYSQL_ALLOW_EMPTY_PASSWORD", "mysql"),
    ("MARIADB_ROOT_PASSWORD", "mariadb"),
    ("MONGO_INITDB_ROOT_USERNAME", "mongodb"),
    ("POSTGRES_INITDB_ARGS", "postgresql"),
    ("RABBITMQ_DEFAULT_USER", "rabbitmq"),
    ("KAFKA_ADVERTISED_LISTENERS", "kafka"),
];

/// What is known of a container.
#[derive(Debug, Default)]
pub(crate) struct Container<'a> {
    pub(crate) name: &'a str,
    pub(crate) image: Option<&'a str>,
    pub(crate) ports: &'a [u16],
    pub(crate) variables: &'a [&'a str],
}

/// What runs in a container, if anything tells.
pub(crate) fn product(container: &Container<'_>) -> Option<Product> {
    let image_words = container.image.map(|image| words(basename(image))).unwrap_or_default();
    let name_words = words(container.name);
    if let Some(other) = gathers_or_drives(&image_words).or_else(|| gathers_or_drives(&name_words))
    {
        return Some(other);
    }
    let is_about = |words: &[String]| words.iter().any(|word| ABOUT.contains(&word.as_str()));
    if is_about(&image_words) {
        return None;
    }
    by_words(&image_words)
        .or_else(|| container.ports.first().and_then(|port| by_port(*port)))
        .or_else(|| by_variables(container.variables))
        .or_else(|| {
            let guess = (!is_about(&name_words)).then(|| by_name(&name_words)).flatten();
            guess.map(|product| Product { is_guess: true, ..product })
        })
}

/// What a name alone tells: of a peer in a trace, or of a selector.
pub(crate) fn named(name: &str) -> Option<Product> {
    product(&Container { name, ..Container::default() })
}

/// The product of an OpenTelemetry `db.system` or `messaging.system`.
pub(crate) fn by_system(system: &str, otherwise: ServiceKind) -> Product {
    by_words(&words(system)).unwrap_or(of(None, otherwise))
}

fn gathers_or_drives(words: &[String]) -> Option<Product> {
    let joined = words.concat();
    let has = |list: &[&str]| {
        words.iter().any(|word| list.contains(&word.as_str())) || list.contains(&joined.as_str())
    };
    if has(LOAD)
        || (joined.contains("load") && (joined.contains("test") || joined.contains("generator")))
    {
        return Some(of(None, Client));
    }
    let is_otel = words.iter().any(|word| word == "otel" || word == "opentelemetry");
    let collects = words.iter().any(|word| word == "collector" || word == "agent");
    (has(TELEMETRY) || (is_otel && collects)).then_some(Product {
        engine: None,
        kind: Service,
        is_telemetry: true,
        is_guess: false,
    })
}

fn by_words(words: &[String]) -> Option<Product> {
    let is_named = |names: &[&str]| words.iter().any(|word| names.contains(&word.as_str()));
    let row = PRODUCTS.iter().find(|(names, ..)| is_named(names))?;
    Some(of(Some(row.1), row.2))
}

fn by_port(port: u16) -> Option<Product> {
    let row = PRODUCTS.iter().find(|(.., ports)| ports.contains(&port))?;
    Some(of(Some(row.1), row.2))
}

fn by_variables(variables: &[&str]) -> Option<Product> {
    let is_set = |(name, _): &&(&str, &str)| variables.contains(name);
    let (_, engine) = SERVER_VARIABLES.iter().find(is_set)?;
    by_words(&[(*engine).to_owned()])
}

/// A product at the beginning or the end of the name, or a word that says what is kept in it.
fn by_name(words: &[String]) -> Option<Product> {
    let ends: Vec<String> = words.first().into_iter().chain(words.last()).cloned().collect();
    if let Some(product) = by_words(&ends) {
        return Some(product);
    }
    let last = words.last()?.trim_end_matches(|c: char| c.is_ascii_digit());
    matches!(last, "db" | "database").then_some(of(None, Database))
}

/// The last part of an image's name, without tag and digest.
fn basename(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or_default();
    let last = image.rsplit('/').next().unwrap_or_default();
    last.split(':').next().unwrap_or_default()
}

/// The version that an image's tag says, if it says one.
pub(crate) fn version(image: &str) -> Option<&str> {
    let image = image.split('@').next().unwrap_or_default();
    let last = image.rsplit('/').next().unwrap_or_default();
    let (_, tag) = last.split_once(':')?;
    let says = tag.starts_with(|c: char| c.is_ascii_digit())
        || (tag.starts_with('v') && tag[1..].starts_with(|c: char| c.is_ascii_digit()));
    says.then_some(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, image: &str, ports: &[u16], expected: &str) {
        let image = (!image.is_empty()).then_some(image);
        let found = product(&Container { name, image, ports, variables: &[] });
        let found = found.map_or(String::new(), |it| {
            let what = if it.is_telemetry { "telemetry" } else { it.engine.unwrap_or("") };
            format!("{} {what}", it.kind)
        });
        assert_eq!(found.trim(), expected, "{name} {image:?} {ports:?}");
    }

    #[test]
    fn products_are_told_from_what_is_about_them() {
        check("a", "docker.io/bitnami/postgresql:15@sha256:00", &[], "database postgresql");
        check("session-db", "redis:alpine", &[6379], "cache redis");
        check("user-db", "weaveworksdemos/user-db:0.4", &[27017], "database mongodb");
        check("catalogue-db", "weaveworksdemos/catalogue-db:0.3", &[], "database");
        check("kafka", "ghcr.io/demo:latest-kafka", &[], "broker kafka");
        check("rabbitmq", "kbudde/rabbitmq-exporter", &[9090], "");
        check("kafka-consumer", "shop/kafka-consumer", &[], "");
        check("orders", "shop/orders", &[80], "");
        check("redis-commander", "rediscommander/redis-commander", &[], "");
        check("collector", "otel/opentelemetry-collector-contrib:0.1", &[], "service telemetry");
        check("users", "weaveworksdemos/load-test:0.1.1", &[], "client");
        check("database-of-orders", "", &[], "");
    }

    #[test]
    fn only_a_number_is_a_version() {
        assert_eq!(version("a/b:v0.10.6"), Some("v0.10.6"));
        assert_eq!(version("localhost:5000/b:3.4"), Some("3.4"));
        assert_eq!(version("localhost:5000/b"), None);
        assert_eq!(version("redis:alpine"), None);
    }
}
