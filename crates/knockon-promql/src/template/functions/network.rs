//! Hosts, ports and addresses, by the rules of Go's `net` and `net/url`.

use std::net::IpAddr;

/// A host and a port; `None` if the text is not both.
fn split(text: &str) -> Option<(&str, &str)> {
    let at = text.rfind(':')?;
    let (before, port) = (&text[..at], &text[at + 1..]);
    let host = match before.strip_prefix('[') {
        Some(inside) => inside.strip_suffix(']')?,
        None if before.contains(':') => return None,
        None => before,
    };
    let is_bracketed = |text: &str| text.contains(['[', ']']);
    (!is_bracketed(host) && !is_bracketed(port)).then_some((host, port))
}

pub(super) fn without_port(text: &str) -> String {
    split(text).map_or(text, |(host, _)| host).to_owned()
}

pub(super) fn without_domain(text: &str) -> String {
    let (host, port) = split(text).unwrap_or((text, ""));
    if host.parse::<IpAddr>().is_ok() {
        return text.to_owned();
    }
    let name = host.split('.').next().unwrap_or_default();
    match port {
        "" => name.to_owned(),
        _ if name.contains(':') => format!("[{name}]:{port}"),
        _ => format!("{name}:{port}"),
    }
}

/// The path of an address: what is after the host.
pub(super) fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("", |at| &rest[at..]);
    &path[..path.find(['?', '#']).unwrap_or(path.len())]
}
