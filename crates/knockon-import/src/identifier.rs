//! Names of variables and flags as words: `PRODUCT_CATALOG_ADDR`, `databaseHost`, `--db.host`.

/// The words of a name, in lower case, split where its writer changes case or puts a sign.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut was_lower = false;
    for c in name.chars() {
        let starts = c.is_uppercase() && was_lower;
        if (starts || !c.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        was_lower = c.is_lowercase() || c.is_numeric();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Last words of names whose value is an address.
const ADDRESSES: &[&str] = &[
    "host",
    "hosts",
    "hostname",
    "hostnames",
    "addr",
    "addrs",
    "address",
    "addresses",
    "url",
    "urls",
    "uri",
    "uris",
    "endpoint",
    "endpoints",
    "server",
    "servers",
    "broker",
    "brokers",
    "bootstrap",
    "nodes",
    "peers",
    "points",
    "upstream",
    "upstreams",
    "dsn",
    "target",
    "targets",
    "service",
    "svc",
    "master",
    "proxy",
];

/// Endings of words that are written without a sign between: `dbhost`, `MYSQLHOST`.
const ENDINGS: &[&str] = &["host", "addr", "url", "uri", "endpoint", "hostname"];

/// Whether the value of a variable or flag of that name is an address, so that a bare word in it is
/// the name of a host and not of a product, a table or a user.
pub(crate) fn is_address(name: &str) -> bool {
    let mut words = words(name);
    let is_number = |word: &String| word.bytes().all(|b| b.is_ascii_digit());
    while words.last().is_some_and(is_number) {
        words.pop();
    }
    if words.last().is_some_and(|word| word == "name") {
        words.pop();
        return words.last().is_some_and(|word| word == "host" || word == "server");
    }
    // .NET: `ConnectionStrings__Redis=basketdata`.
    if words.windows(2).any(|two| two[0] == "connection" && two[1].starts_with("string")) {
        return true;
    }
    let Some(last) = words.last() else { return false };
    ADDRESSES.contains(&last.as_str()) || ENDINGS.iter().any(|ending| last.ends_with(ending))
}

/// Whether a variable of that name lists who may come, or whom not to ask through a proxy: hosts, and
/// none that is needed.
pub(crate) fn is_permission(name: &str) -> bool {
    const WORDS: &[&str] =
        &["cors", "allow", "allowed", "allowlist", "whitelist", "trusted", "origin", "origins"];
    let words = words(name);
    words.iter().any(|word| WORDS.contains(&word.as_str())) || words == ["no", "proxy"]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        let check = |name: &str, expected: &str| assert_eq!(words(name).join(" "), expected);
        check("PRODUCT_CATALOG_ADDR", "product catalog addr");
        check("databaseHost", "database host");
        check("--spring.data.mongodb.host", "spring data mongodb host");
        check("DB2_HOST", "db2 host");
        check("", "");
    }

    #[test]
    fn addresses_are_told_from_products_and_users() {
        for name in [
            "DB_HOST",
            "dbhost",
            "MYSQLHOST",
            "KAFKA_BROKERS",
            "REDIS_HOST_1",
            "DB_HOST_NAME",
            "ConnectionStrings__Redis",
        ] {
            assert!(is_address(name), "{name}");
        }
        for name in
            ["DB_USER", "POSTGRES_DB", "CACHE_DRIVER", "OTEL_SERVICE_NAME", "TOPIC", "", "1"]
        {
            assert!(!is_address(name), "{name}");
        }
    }
}
