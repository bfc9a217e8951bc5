//! The map as a Mermaid flowchart (<https://mermaid.js.org/syntax/flowchart.html>).

use std::fmt::Write as _;

use knockon_core::ServiceKind;

use super::picture::{Family, Line, Node, Path, Picture};
use super::svg::palette;

pub(crate) fn render(picture: &Picture<'_>) -> String {
    let title = serde_json::to_string(&picture.title).unwrap_or_default();
    let mut text = format!("---\ntitle: {title}\n---\nflowchart LR\n");
    for (index, node) in picture.nodes.iter().enumerate() {
        let (open, close) = brackets(node.kind);
        let _ = writeln!(text, "  s{index}{open}\"{}\"{close}", label(picture, node));
    }
    for line in &picture.lines {
        let remark = line.remark();
        let remark = if remark.is_empty() { String::new() } else { format!("|{remark}|") };
        let _ = writeln!(text, "  s{} {}{remark} s{}", line.from, arrow(line), line.to);
    }
    classes(picture, &mut text);
    for (path, style) in [
        (Path::Tour, format!("stroke:{},stroke-width:4px", palette::TOUR)),
        (Path::Aside, "opacity:0.4".to_owned()),
    ] {
        let lines = picture.lines.iter().enumerate().filter(|(_, line)| line.path == path);
        let places: Vec<String> = lines.map(|(index, _)| index.to_string()).collect();
        if !places.is_empty() {
            let _ = writeln!(text, "  linkStyle {} {style}", places.join(","));
        }
    }
    text
}

/// One class for each team, and one for what the journey does not cross.
fn classes(picture: &Picture<'_>, text: &mut String) {
    let members = |is_in: &dyn Fn(&Node<'_>) -> bool| {
        let nodes = picture.nodes.iter().enumerate().filter(|(_, node)| is_in(node));
        nodes.map(|(index, _)| format!("s{index}")).collect::<Vec<_>>().join(",")
    };
    for (team, name) in picture.teams.iter().enumerate() {
        let (colour, _) = palette::team(team);
        let _ = writeln!(text, "  %% team {}", name.replace(['\n', '\r', '{', '}'], " "));
        let _ = writeln!(text, "  classDef team{team} stroke:{colour},stroke-width:3px");
        let _ = writeln!(text, "  class {} team{team}", members(&|node| node.team == Some(team)));
    }
    let aside = members(&|node| node.aside);
    if !aside.is_empty() {
        let _ = writeln!(text, "  classDef aside opacity:0.4\n  class {aside} aside");
    }
}

fn brackets(kind: ServiceKind) -> (&'static str, &'static str) {
    match kind {
        ServiceKind::Service => ("(", ")"),
        ServiceKind::Database => ("[(", ")]"),
        ServiceKind::Cache => ("[[", "]]"),
        ServiceKind::Broker => (">", "]"),
        ServiceKind::Client => ("([", "])"),
        ServiceKind::External => ("[/", "/]"),
        ServiceKind::Platform => ("{{", "}}"),
    }
}

fn arrow(line: &Line) -> &'static str {
    match line.family {
        Family::Call => "-->",
        Family::Data => "==>",
        Family::Message => "-.->",
        Family::Ground => "-.-",
    }
}

fn label(picture: &Picture<'_>, node: &Node<'_>) -> String {
    let steps: Vec<String> = node.steps.iter().map(ToString::to_string).collect();
    let steps = if steps.is_empty() { String::new() } else { format!("{} · ", steps.join(", ")) };
    let tier = node.tier.map(|tier| format!("tier {tier}"));
    let facts: Vec<String> = picture.team(node).map(escaped).into_iter().chain(tier).collect();
    let facts =
        if facts.is_empty() { String::new() } else { format!("<br/>{}", facts.join(" · ")) };
    format!("{steps}{}{facts}", escaped(node.name))
}

/// Whatever Mermaid, Markdown or HTML could take for syntax, as Mermaid's numbered characters.
fn escaped(name: &str) -> String {
    let mut text = String::new();
    for (index, letter) in name.chars().enumerate() {
        let plain = letter.is_alphanumeric()
            || (!letter.is_ascii() && !letter.is_control())
            || (index > 0 && matches!(letter, ' ' | '-' | '_' | '/' | ':' | ','));
        if plain {
            text.push(letter);
        } else {
            let _ = write!(text, "#{};", u32::from(letter));
        }
    }
    text
}
