//! Which format a metrics file is in, by what it begins with.
//!
//! Extensions lie: exports are saved as `.txt`, answers of an API without any. So the content
//! decides, and the extension only where the content could be either.

use crate::csv_metrics::TIME_COLUMNS;
use crate::exposition_head;
use crate::value::Cell;

/// How many bytes of a file are looked at.
pub(crate) const SNIFFED_BYTES: u64 = 4096;

/// A format of metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    Exposition,
    Json,
}

/// Why a file is in no format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unrecognised {
    Empty,
    Compressed,
    NotText,
    Unknown,
}

/// The format of a file that begins like this.
pub(crate) fn recognise(start: &[u8], file: &str) -> Result<Format, Unrecognised> {
    const COMPRESSED: [&[u8]; 4] = [b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"BZh"];
    if COMPRESSED.iter().any(|magic| start.starts_with(magic)) {
        return Err(Unrecognised::Compressed);
    }
    if start.contains(&0) || start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        return Err(Unrecognised::NotText);
    }
    let text = String::from_utf8_lossy(start);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
    match text.chars().next() {
        None => return Err(Unrecognised::Empty),
        Some('[') => return Ok(Format::Json),
        Some('{') if is_json_object(text) => return Ok(Format::Json),
        Some('#' | '{') => return Ok(Format::Exposition),
        Some(_) => {}
    }
    let line = text.lines().next().unwrap_or_default();
    if has_time_column(line) {
        return Ok(Format::Csv);
    }
    if is_sample(line) {
        return Ok(Format::Exposition);
    }
    match extension.to_ascii_lowercase().as_str() {
        "csv" | "tsv" => Ok(Format::Csv),
        "om" | "prom" => Ok(Format::Exposition),
        "json" => Ok(Format::Json),
        _ => Err(Unrecognised::Unknown),
    }
}

/// `{"status":…` and not `{__name__="up"…` or `{"http.time", …`: a colon follows the first string.
fn is_json_object(text: &str) -> bool {
    let inside = text[1..].trim_start();
    if inside.is_empty() || inside.starts_with('}') {
        return true;
    }
    let Some(string) = inside.strip_prefix('"') else {
        return false;
    };
    match string.split_once('"') {
        Some((_, rest)) => rest.trim_start().is_empty() || rest.trim_start().starts_with(':'),
        None => true,
    }
}

fn has_time_column(header: &str) -> bool {
    header.split([',', ';', '\t']).any(|column| {
        let column = column.trim().trim_matches('"').trim();
        TIME_COLUMNS.iter().any(|name| name.eq_ignore_ascii_case(column))
    })
}

fn is_sample(line: &str) -> bool {
    let Ok(length) = exposition_head::length(line) else {
        return false;
    };
    let rest = line[length..].trim_start();
    let value = rest.split_whitespace().next().unwrap_or_default();
    exposition_head::parse(&line[..length]).is_ok()
        && (rest.starts_with('{') || !value.is_empty() && Cell::parse(value) != Cell::Wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_decides_and_the_extension_breaks_ties() {
        let check = |start: &str, file: &str, expected: Result<Format, Unrecognised>| {
            assert_eq!(recognise(start.as_bytes(), file), expected, "{start} {file}");
        };
        let (csv, text, json) = (Ok(Format::Csv), Ok(Format::Exposition), Ok(Format::Json));
        check("time,carts_cpu\n1,2", "metrics.txt", csv);
        check("\u{feff}\"Time\";\"carts_cpu\"", "metrics.json", csv);
        check("service,metric,timestamp,value", "metrics", csv);
        check("# HELP up x", "metrics.csv", text);
        check("up{job=\"x,time\"} 1 2", "metrics.csv", text);
        check("up 1", "metrics.csv", text);
        check("{__name__=\"up\", job=\"x\"} 1 1700000000000", "metrics.json", text);
        check("{\"http.time\", job=\"x\"} 1 2", "metrics.json", text);
        check("h {count:1, sum:2} 3", "metrics", text);
        check(" {\"status\":\"success\"", "metrics.csv", json);
        check("{ \"status\" : 1}", "metrics", json);
        check("[{", "metrics.om", json);
        check("{}", "metrics.om", json);
        check("when,carts_cpu", "metrics.CSV", csv);
        check("broken{ 1", "metrics.om", text);
        check("nothing known", "metrics.json", json);
        check("nothing known", "metrics.data", Err(Unrecognised::Unknown));
        check(" \n", "metrics.csv", Err(Unrecognised::Empty));
        check("\u{1f}\u{0}", "metrics.csv", Err(Unrecognised::NotText));
        let gzip = recognise(b"\x1f\x8b\x08", "metrics.csv.gz");
        assert_eq!(gzip, Err(Unrecognised::Compressed));
    }
}
