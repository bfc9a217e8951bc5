//! Files of variables: `NAME=value`, as `docker compose` reads them.

use std::collections::BTreeMap;

use super::interpolate::interpolate;

/// Variables with their values.
pub(super) type Variables = BTreeMap<String, String>;

/// Adds the variables of a file; a value may use those before it. Lines that set nothing are passed
/// over, since a shell would do the same.
pub(super) fn read(bytes: &[u8], variables: &mut Variables) {
    let text = String::from_utf8_lossy(bytes);
    for line in text.trim_start_matches('\u{feff}').lines() {
        let line = line.trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line);
        if line.starts_with('#') {
            continue;
        }
        let Some((name, value)) = line.split_once('=') else { continue };
        let name = name.trim();
        if name.is_empty() || name.contains(char::is_whitespace) {
            continue;
        }
        let value = value.trim();
        let value = match quoted(value, '\'') {
            Some(literal) => literal.to_owned(),
            None => {
                interpolate(quoted(value, '"').unwrap_or(without_comment(value)), variables).text
            }
        };
        variables.insert(name.to_owned(), value);
    }
}

/// What is between quotes that the value begins with.
fn quoted(value: &str, quote: char) -> Option<&str> {
    value.strip_prefix(quote)?.split(quote).next()
}

/// The value without a comment, which needs a space before its `#`.
fn without_comment(value: &str) -> &str {
    if value.starts_with('#') {
        return "";
    }
    let end = value.match_indices('#').find(|(at, _)| value[..*at].ends_with([' ', '\t']));
    value[..end.map_or(value.len(), |(at, _)| at)].trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_compose_reads_them() {
        let mut variables = Variables::new();
        let text = "# c\nA=1\nB=${A}2 # c\nC='${A}' # c\nD=\"$B x\"\nexport E=a#b\nF=\n=x\nG\nH I=1\nA=9\n";
        read(text.as_bytes(), &mut variables);
        let found: Vec<_> = variables.iter().map(|(k, v)| format!("{k}={v}")).collect();
        assert_eq!(found, ["A=9", "B=12", "C=${A}", "D=12 x", "E=a#b", "F="]);
    }
}
