//! How a model and what was imported differ, for people.

use std::fmt::Write as _;

use knockon_import::{Claims, Difference};

/// The difference, side by side, or one line that there is none.
pub(super) fn text(model: &str, difference: &Difference) -> String {
    if difference.is_empty() {
        return format!("{model} says what the sources show, and nothing else\n");
    }
    let mut text = String::new();
    claims(&mut text, &format!("{model} says, and no source shows"), &difference.unconfirmed);
    claims(&mut text, &format!("the sources show, and {model} lacks"), &difference.missing);
    if !difference.differing.is_empty() {
        let _ = writeln!(text, "{model} says otherwise than the sources");
        for differing in &difference.differing {
            let _ = writeln!(
                text,
                "  {}: {} {}, sources {}",
                differing.service, differing.what, differing.model, differing.sources
            );
        }
    }
    text
}

fn claims(text: &mut String, title: &str, claims: &Claims) {
    if claims.services.is_empty() && claims.edges.is_empty() {
        return;
    }
    let _ = writeln!(text, "{title}");
    for service in &claims.services {
        let _ = writeln!(text, "  {} ({})", service.name, service.kind);
    }
    for edge in &claims.edges {
        let sources = match edge.known_from.as_slice() {
            [] => String::new(),
            sources => format!("  [{}]", sources.join(", ")),
        };
        let _ =
            writeln!(text, "  {} → {} ({}){sources}", edge.from, edge.to, edge.kinds.join(", "));
    }
}
