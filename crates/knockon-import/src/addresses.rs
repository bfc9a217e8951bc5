//! Addresses in the values of variables and in command lines.
//!
//! A name counts only where a host can stand: after a scheme, before a port, as a cluster's DNS name,
//! or alone where the variable's name says that its value is an address. That is what keeps
//! `POSTGRES_USER=postgres`, `CACHE_DRIVER=redis` and `KAFKA_TOPIC=orders` from being dependencies.

use crate::identifier::{is_address, is_permission};

/// A host that a value names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
    /// Whether its form alone shows that it is an address.
    pub(crate) evident: bool,
}

/// The hosts in the value of a variable or flag of that name, in order, each once.
pub(crate) fn addresses(variable: &str, value: &str) -> Vec<Address> {
    let mut found = Vec::new();
    if is_permission(variable) {
        return found;
    }
    let rest = take_urls(value, &mut found);
    take_host_ports(&rest, &mut found);
    take_pairs(&rest, &mut found);
    if is_address(variable) {
        take_bare(&rest, &mut found);
    }
    let mut unique: Vec<Address> = Vec::new();
    for address in found {
        if !is_nobody(&address.host) && !unique.iter().any(|it| it.host == address.host) {
            unique.push(address);
        }
    }
    unique
}

/// The hosts in a command line.
pub(crate) fn in_command(arguments: &[String]) -> Vec<(String, Address)> {
    let words: Vec<&str> = arguments.iter().flat_map(|it| it.split_whitespace()).collect();
    let mut found = Vec::new();
    let mut flag = "";
    let mut knocks = false;
    for (at, word) in words.iter().enumerate() {
        let word = word.trim_matches(['"', '\'', ';']);
        // `nc -z orders-db 3306`: the port is a word of its own.
        let port = words.get(at + 1).map(|next| next.trim_matches(['"', '\'', ';']));
        let port = port.and_then(|next| next.parse().ok()).filter(|port| *port >= 10);
        if let (true, Some(_), true) = (knocks, port, is_bare(word)) {
            let address = Address { host: word.to_owned(), port, evident: true };
            found.extend((!is_nobody(word)).then(|| (String::new(), address)));
        }
        knocks = knocks || matches!(word, "nc" | "ncat" | "netcat" | "telnet");
        let (name, value) = match word.strip_prefix('-').map(|it| it.trim_start_matches('-')) {
            Some(option) if !option.contains('=') => {
                flag = option;
                continue;
            }
            Some(option) => option.split_once('=').unwrap_or((option, "")),
            None => (flag, word),
        };
        // `-h` and `-H` are what clients call the host.
        let variable = if matches!(name, "h" | "H") { "host" } else { name };
        found.extend(addresses(variable, value).into_iter().map(|it| (name.to_owned(), it)));
        flag = "";
    }
    found
}

/// The hosts of `scheme://user@host:port,host/…`; gives back the value without them.
fn take_urls(value: &str, found: &mut Vec<Address>) -> String {
    let mut rest = String::new();
    let mut tail = value;
    while let Some(at) = tail.find("://") {
        let is_scheme = |c: char| is_host_char(c) || c == '+' || c == ':';
        rest.push_str(tail[..at].trim_end_matches(is_scheme));
        rest.push(' ');
        let after = &tail[at + 3..];
        let start = past_placeholders(after);
        let end = after[start..]
            .find(|c: char| c.is_whitespace() || "/?#\"'<>(){};|\\".contains(c))
            .map_or(after.len(), |end| start + end);
        // The scheme of the next URL of a list is no host of this one.
        let next = after[end..].starts_with("//").then(|| after[..end].rfind(',')).flatten();
        let authority = &after[..next.unwrap_or(end)];
        let hosts = authority.rsplit_once('@').map_or(authority, |(_, hosts)| hosts);
        found.extend(hosts.split(',').filter_map(|host| host_port(host, true)));
        // A path of a URL is no place for hosts.
        let ends = |c: char| c.is_whitespace() || ",;?&\"'".contains(c);
        let path = || after[end..].find(ends).map_or(after.len(), |path| end + path);
        tail = &after[next.unwrap_or_else(path)..];
    }
    rest.push_str(tail);
    rest
}

/// Where the last of the placeholders `$(USER)` and `${USER}` before an `@` ends: what they stand for
/// may be written nowhere, and the host behind them is known all the same.
fn past_placeholders(text: &str) -> usize {
    let Some(at) = text.find('@') else { return 0 };
    let user = &text[..at];
    let is_user = |c: char| is_host_char(c) || "$(){}:%".contains(c);
    let is_placed = user.contains("$(") || user.contains("${");
    if is_placed && user.chars().all(is_user) { at } else { 0 }
}

/// `host:port` and the cluster's DNS names, wherever a word can begin.
fn take_host_ports(value: &str, found: &mut Vec<Address>) {
    let begins = |c: char| c.is_whitespace() || ",;=@([{\"'|>&!".contains(c);
    let ends = |c: char| begins(c) || ")]}<\\?#".contains(c);
    for word in value.split(ends) {
        let word = word.split('/').next().unwrap_or_default();
        if let Some(address) = host_port(word, false) {
            let is_dns = address.host.split('.').skip(2).any(|it| it == "svc");
            if address.port.is_some() || is_dns {
                found.push(Address { evident: true, ..address });
            }
        }
    }
}

/// `Server=host;Port=…`, `host=db port=5432`.
fn take_pairs(value: &str, found: &mut Vec<Address>) {
    let between = |c: char| c.is_whitespace() || ",;&?\"'".contains(c);
    for (key, value) in value.split(between).filter_map(|piece| piece.split_once('=')) {
        // ADO.NET writes `Data Source=…`. A `service` in a list of attributes is nobody's address.
        let is_host = key.eq_ignore_ascii_case("source") || is_address(key);
        if is_host && !key.to_ascii_lowercase().ends_with("service") && is_bare(value) {
            found.push(Address { host: value.to_owned(), port: None, evident: false });
        }
    }
}

/// A name, or a list of nothing but names.
fn take_bare(value: &str, found: &mut Vec<Address>) {
    let pieces: Vec<&str> = value.split([',', ';', ' ']).filter(|it| !it.is_empty()).collect();
    if pieces.iter().all(|piece| is_bare(piece)) {
        let bare = |host: &&str| Address { host: (*host).to_owned(), port: None, evident: false };
        found.extend(pieces.iter().map(bare));
    }
}

/// `host` or `host:port`; in a URL a port may be missing, elsewhere only the port makes it evident.
fn host_port(text: &str, in_url: bool) -> Option<Address> {
    let (host, port) = match text.split_once(':') {
        None => (text, None),
        Some((host, rest)) => {
            let digits = rest.split(':').next().unwrap_or_default();
            // `redis:7` is an image; nobody serves on a port of one digit.
            let is_port = (2..=5).contains(&digits.len()) || in_url;
            (host, Some(digits.parse::<u16>().ok().filter(|_| is_port)?))
        }
    };
    is_bare(host).then(|| Address {
        host: host.to_owned(),
        port,
        evident: in_url || port.is_some(),
    })
}

fn is_host_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// Whether it could be a host by its signs.
fn is_bare(text: &str) -> bool {
    let starts = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    starts && text.len() <= 253 && text.chars().all(is_host_char)
}

/// This machine, every machine, or a number.
fn is_nobody(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || matches!(host, "host.docker.internal" | "localhost.localdomain")
        || host.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(variable: &str, value: &str, expected: &str) {
        let found = addresses(variable, value);
        let found: Vec<_> = found
            .iter()
            .map(|it| it.port.map_or(it.host.clone(), |port| format!("{}:{port}", it.host)))
            .collect();
        assert_eq!(found.join(" "), expected, "{variable}={value}");
    }

    #[test]
    fn hosts_are_found_where_hosts_can_stand() {
        check("A", "carts:80", "carts:80");
        check("A", "http://carts/orders", "carts");
        check("A", "jdbc:mysql://orders-db:3306/orders?useSSL=false", "orders-db:3306");
        check("A", "jdbc:oracle:thin:@db:1521/XE", "db:1521");
        check("A", "jdbc:sqlserver://sql:1433;databaseName=orders", "sql:1433");
        check("A", "mongodb://u:p@m1,m2:27017/carts", "m1 m2:27017");
        check("A", "amqp://guest:guest@rabbitmq:5672//", "rabbitmq:5672");
        check("A", "amqp://$(USER):${PASS}@rabbitmq:5672/x", "rabbitmq:5672");
        check("A", "http://$(HOST)/x,http://orders", "orders");
        check("A", "PLAINTEXT://k1:9092,PLAINTEXT://k2:9092", "k1:9092 k2:9092");
        check("A", "k1:9092,k2:9092", "k1:9092 k2:9092");
        check("A", "orders.shop.svc.cluster.local", "orders.shop.svc.cluster.local");
        check("A", "tcp://10.0.0.1:80", "");
        check("A", "user:secret@tcp(mysql:3306)/db", "mysql:3306");
        check("A", "Server=sql-data;Database=Orders;User Id=sa", "sql-data");
        check("A", "Data Source=sql-data,1433;", "sql-data");
        check("A", "host=postgres port=5432 dbname=orders user=orders", "postgres");
        check("DB_HOST", "orders-db", "orders-db");
        check("ConnectionStrings__EventBus", "rabbitmq", "rabbitmq");
        check("JAVA_OPTS", "-Xmx1g -Dspring.redis.host=cache", "cache");
        check("CONTACT_POINTS", "c1, c2", "c1 c2");
        check("A", "kafka:9092?acks=all", "kafka:9092");
    }

    #[test]
    fn words_that_are_no_hosts_are_left_alone() {
        check("POSTGRES_USER", "postgres", "");
        check("POSTGRES_DB", "orders", "");
        check("CACHE_DRIVER", "redis", "");
        check("KAFKA_TOPIC", "orders", "");
        check("OTEL_RESOURCE_ATTRIBUTES", "service.name=cart,peer.service=x", "");
        check("DB_HOST", "localhost", "");
        check("URL", "http://*:8080", "");
        check("URL", "http://localhost:8080/orders", "");
        check("IMAGE", "redis:7", "");
        check("IMAGE", "redis:16-alpine", "");
        check("A", "https://example.com/orders:80/x", "example.com");
        check("TEXT", "the orders service", "");
        check("HOST", "the orders: service", "");
        check("A", "12:30", "");
        check("CORS_ALLOWED_ORIGINS", "http://front-end:3000", "");
        check("ALLOWED_HOSTS", "front-end", "");
        check("NO_PROXY", "localhost,orders", "");
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_values_are_looked_at(
            variable in "[A-Z_]{0,6}(HOST|URL)?",
            value in "([a-z🦀é.:/@,;=?&$({\"' -]|://|80){0,30}",
        ) {
            addresses(&variable, &value);
            in_command(&[value]);
        }
    }

    #[test]
    fn command_lines_have_flags_and_scripts() {
        let check = |line: &str, expected: &str| {
            let found = in_command(&[line.to_owned()]);
            let hosts: Vec<_> = found.into_iter().map(|(_, it)| it.host).collect();
            assert_eq!(hosts.join(" "), expected, "{line}");
        };
        check("-d 60 -r 200 -c 2 -h edge-router", "edge-router");
        check("--db-host=orders-db --port 80", "orders-db");
        check("-Dspring.data.mongodb.host=carts-db -Xmx1g", "carts-db");
        check("sh -c './wait-for-it.sh orders-db:3306 -- run'", "orders-db");
        check("sh -c \"until curl http://orders:80/health; do sleep 1; done\"", "orders");
        check("redis-server --appendonly yes", "");
        check("--brokers kafka:9092 --topic orders", "kafka");
        check("sh -c 'until nc -z -v -w30 kafka 9092; do sleep 2; done'", "kafka");
    }
}
