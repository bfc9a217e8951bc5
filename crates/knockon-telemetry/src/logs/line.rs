//! Lines as programs print them, and as `kubectl logs`, Docker and journals hand them on.

use serde_json::Value;

use super::Level;
use super::fields::Fields;

/// How many words at the start of a line may be its level.
const LEVEL_WORDS: usize = 8;

/// What a line says of itself.
pub(super) fn fields_of(line: &str) -> Fields {
    let mut fields = Fields::default();
    let rest = source(line, &mut fields);
    let rest = match time(rest) {
        Some((time, rest)) => {
            fields.time = Some(time);
            rest
        }
        None => rest,
    };
    fields.or(words_of(rest))
}

/// What the text of a line says, without where and when it was written.
pub(super) fn words_of(text: &str) -> Fields {
    let text = text.trim();
    if text.starts_with('{')
        && let Ok(Value::Object(object)) = serde_json::from_str(text)
    {
        let mut fields = Fields::of_object(&object);
        fields.level = fields.level.or_else(|| level(&fields.message));
        return fields;
    }
    if let Some(fields) = logfmt(text) {
        return fields;
    }
    Fields { level: level(text), message: text.to_owned(), ..Fields::default() }
}

/// Takes off where a line comes from: `[pod/orders-0/orders] `, as `kubectl logs --prefix` writes it,
/// and `orders-1  | `, as compose does.
fn source<'l>(line: &'l str, fields: &mut Fields) -> &'l str {
    if let Some((names, rest)) = line.strip_prefix("[pod/").and_then(|it| it.split_once("] ")) {
        let (pod, container) = names.split_once('/').unwrap_or((names, ""));
        fields.add("pod", pod);
        fields.add("container", container);
        return rest;
    }
    if let Some((name, rest)) = line.split_once(" | ")
        && let name = name.trim_end()
        && !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    {
        fields.add("container", name);
        return rest;
    }
    line
}

/// The time that a line begins with, and what follows.
fn time(line: &str) -> Option<(String, &str)> {
    let line = line.trim_start();
    let inside = line.strip_prefix('[').unwrap_or(line);
    let first = inside.split([' ', '\t', ']']).next()?;
    let is_date = first.len() >= 8 && first.bytes().take(4).all(|b| b.is_ascii_digit());
    if !is_date {
        return None;
    }
    let mut rest = &inside[first.len()..];
    let date = first.replace('/', "-").replace(',', ".");
    let mut written = date.clone();
    // `2026-01-01 12:00:00,123`
    let next = rest.trim_start().split([' ', '\t', ']']).next().unwrap_or_default();
    if date.len() == 10 && next.contains(':') {
        rest = &rest.trim_start()[next.len()..];
        written = format!("{date} {}", next.replace(',', "."));
    }
    let rest = rest.strip_prefix(']').unwrap_or(rest);
    crate::time_format::parse(&written).map(|_| (written, rest.trim_start()))
}

/// `level=error msg="…" service=orders`.
fn logfmt(text: &str) -> Option<Fields> {
    let has = |key: &str| {
        text.starts_with(key) || text.match_indices(key).any(|(at, _)| text[..at].ends_with(' '))
    };
    let is_logfmt = has("msg=") && (has("level=") || has("lvl=") || has("time=") || has("ts="));
    if !is_logfmt {
        return None;
    }
    let mut object = serde_json::Map::new();
    let mut rest = text;
    while let Some((key, after)) = rest.split_once('=') {
        let key = key.rsplit(' ').next().unwrap_or(key);
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => {
                let end = closing_quote(quoted);
                let next = quoted.get(end + 1..).unwrap_or_default();
                (quoted[..end].replace("\\\"", "\""), next)
            }
            None => match after.split_once(' ') {
                Some((value, next)) => (value.to_owned(), next),
                None => (after.to_owned(), ""),
            },
        };
        object.insert(key.to_owned(), Value::String(value));
        rest = next.trim_start();
    }
    Some(Fields::of_object(&object))
}

fn closing_quote(text: &str) -> usize {
    let quotes = text.match_indices('"').map(|(at, _)| at);
    let mut closing = quotes.filter(|at| !text[..*at].ends_with('\\'));
    closing.next().unwrap_or(text.len())
}

/// The level that the words of a line show: a word in capitals or brackets near its start, the letter
/// of klog, or the way in which runtimes report that a program died.
pub(super) fn level(text: &str) -> Option<Level> {
    const DEATHS: [&str; 5] = [
        "panic:",
        "fatal error:",
        "Exception in thread",
        "Traceback (most recent call last)",
        "Uncaught ",
    ];
    if DEATHS.iter().any(|start| text.starts_with(start)) {
        return Some(Level::Error);
    }
    if let [letter, b'0' | b'1', d, ..] = text.as_bytes()
        && d.is_ascii_digit()
        && text.get(5..6) == Some(" ")
    {
        match letter {
            b'E' | b'F' => return Some(Level::Error),
            b'W' => return Some(Level::Warn),
            b'I' => return Some(Level::Info),
            _ => {}
        }
    }
    let mut words = text.split_whitespace().take(LEVEL_WORDS);
    words.find_map(|word| {
        let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let stands_out = word.starts_with(['[', '<', '(']) || word.ends_with(':');
        let is_shouted = bare.len() > 2 && bare.bytes().all(|b| b.is_ascii_uppercase());
        (is_shouted || stands_out).then(|| Level::parse(bare)).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_apart() {
        let check = |line: &str, time: &str, level: Option<Level>, message: &str, labels: &str| {
            let fields = fields_of(line);
            let found: Vec<_> = fields.labels.iter().map(|(k, v)| format!("{k}={v}")).collect();
            let found_time = fields.time.as_deref().unwrap_or_default();
            assert_eq!(
                (found_time, fields.level, fields.message.as_str(), found.join(" ").as_str()),
                (time, level, message, labels),
                "{line}"
            );
        };
        let (info, warn, error) = (Some(Level::Info), Some(Level::Warn), Some(Level::Error));
        let now = "2026-01-01T12:00:00.5Z";
        check(&format!("{now} INFO started"), now, info, "INFO started", "");
        check(
            &format!("[pod/orders-0/app] {now} {{\"level\":\"warn\",\"msg\":\"slow\"}}"),
            now,
            warn,
            "slow",
            "container=app pod=orders-0",
        );
        check(
            &format!("carts-1  | {now} level=error msg=\"no \\\"way\\\"\" service=carts code=5"),
            now,
            error,
            "no \"way\"",
            "container=carts-1 service=carts",
        );
        check(
            "2026-01-01 12:00:00,123 [main] ERROR c.s.Cart - failed",
            "2026-01-01 12:00:00.123",
            error,
            "[main] ERROR c.s.Cart - failed",
            "",
        );
        check(
            "2026/01/01 12:00:00 [error] 31#0: *1 connect() failed",
            "2026-01-01 12:00:00",
            error,
            "[error] 31#0: *1 connect() failed",
            "",
        );
        check(
            &format!("{now} E0102 12:00:00.1 1 x.go:5] bad"),
            now,
            error,
            "E0102 12:00:00.1 1 x.go:5] bad",
            "",
        );
        check("panic: nil map", "", error, "panic: nil map", "");
        check("an error occurred", "", None, "an error occurred", "");
        check("time=T level=info msg=ok", "T", info, "ok", "");
        check("", "", None, "", "");
        check("2026-99-99 x", "", None, "2026-99-99 x", "");
        check("{\"level\":\"error\"", "", None, "{\"level\":\"error\"", "");
    }

    proptest::proptest! {
        #[test]
        fn any_line_is_survived(line: String) {
            fields_of(&line);
        }
    }
}
