//! A proof on one screen.

use knockon_report::paint::{BAD, CARE, GOOD, HEADLINE, QUIET, paint};
use knockon_report::{Page, grouped, significant};
use knockon_scenario::load::Loaded;
use knockon_scenario::prove::{Proof, Trial, Tried};
use knockon_sim::interval::Interval;

/// The proof as text with ANSI styles.
pub(super) fn text(loaded: &Loaded, proof: &Proof) -> String {
    let mut page = Page::default();
    let scenario = &loaded.scenario;
    page.line(&format!(
        "{} ({}; {} runs of each, the same users with the same luck)",
        paint(HEADLINE, &scenario.title),
        loaded.system.name(),
        proof.replications
    ));
    page.gap();
    for (label, line) in conditions(proof) {
        page.field(label, [line]);
    }
    page.gap();
    table(&mut page, proof);
    let not: Vec<String> =
        proof.not_tried.iter().map(|it| format!("{}: {}", name(&it.trial), it.why)).collect();
    page.section("Could not be tried", not);
    page.finish()
}

/// Whether the cause is one, and whom it hurts.
pub(super) fn conditions(proof: &Proof) -> [(&'static str, String); 3] {
    let (needed, of) = proof.needed;
    let needed = format!("{needed} of {of} expectations hold no more without the cause");
    let (sufficed, of) = proof.sufficed;
    let sufficed = format!("{sufficed} of {of} hold with nothing but the cause");
    let hurt = if proof.hurt.is_empty() { "nobody".to_owned() } else { proof.hurt.join(", ") };
    [("needed", needed), ("enough", sufficed), ("hurt", hurt)]
}

/// The head of the table and its rows.
pub(super) fn cells(proof: &Proof) -> (Vec<String>, Vec<Vec<String>>) {
    let money = proof.currency.as_ref().map(|currency| format!("{currency} saved"));
    let own = |words: &[&str]| words.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let saved = if proof.currency.is_some() { "orders saved" } else { "journeys saved" };
    let mut head = own(&["", "healthy", "after", saved]);
    head.extend(money);
    head.extend(own(&["failed", "lost", "stuck", "twice", "charged"]));
    (head, proof.tried.iter().map(|tried| row(proof, tried)).collect())
}

/// What there is to add to a trial.
pub(super) fn notes(tried: &Tried) -> Vec<String> {
    let risk = tried.risk.as_ref().map(|risk| format!("risk: {risk}"));
    tried.summary.iter().cloned().chain(risk).collect()
}

/// A row of cells, the first one to the left and the others to the right.
fn table(page: &mut Page, proof: &Proof) {
    let (head, rows) = cells(proof);
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([head[column].chars().count()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: Vec<&str>| {
        let cells = cells.iter().zip(&widths).enumerate();
        let cells: Vec<String> = cells
            .map(
                |(at, (cell, width))| {
                    if at == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
                },
            )
            .collect();
        cells.join("  ")
    };
    page.line(&paint(QUIET, line(head.iter().map(String::as_str).collect())));
    for (tried, row) in proof.tried.iter().zip(&rows) {
        let text = line(row.iter().map(String::as_str).collect());
        let is_trial = !matches!(tried.trial, Trial::AsItWas);
        let style = match (is_trial, tried.healthy == proof.replications, tried.healthy == 0) {
            (true, true, _) => GOOD,
            (true, _, true) => BAD,
            (true, ..) => CARE,
            (false, ..) => HEADLINE,
        };
        let unlike = if tried.is_as_said() { "" } else { "  not as the scenario says" };
        page.line(&format!("{}{}", paint(style, text), paint(BAD, unlike)));
        for note in notes(tried) {
            page.line(&paint(QUIET, format!("    {note}")));
        }
    }
}

fn row(proof: &Proof, tried: &Tried) -> Vec<String> {
    let healthy = format!("{}/{}", tried.healthy, proof.replications);
    let after = tried.healthy_after_s.map_or_else(|| "never".to_owned(), length);
    let mut row = vec![name(&tried.trial), healthy, after, number(tried.orders_saved)];
    row.extend(tried.money_saved.map(number));
    let counts = [tried.failed, tried.lost, tried.stuck, tried.doubled, tried.charged_unfulfilled];
    row.extend(counts.into_iter().map(number));
    row
}

/// What a trial is called.
pub(crate) fn name(trial: &Trial) -> String {
    match trial {
        Trial::AsItWas => "as it was".to_owned(),
        Trial::WithoutCause => "without the cause".to_owned(),
        Trial::OnlyCause => "only the cause".to_owned(),
        Trial::Fix(name) => format!("fix: {name}"),
        Trial::Variant(name) => format!("variant: {name}"),
    }
}

/// A mean with its interval, where that says something.
fn number(interval: Interval) -> String {
    let show = |value: f64| if value.abs() >= 1000.0 { grouped(value) } else { significant(value) };
    let half = interval.half_width;
    if half.is_finite() && half >= 0.05 {
        format!(
            "{} ±{}",
            show(interval.mean),
            if half >= 10.0 { grouped(half) } else { format!("{half:.1}") }
        )
    } else {
        show(interval.mean)
    }
}

fn length(interval: Interval) -> String {
    let (unit, word) = if interval.mean >= 120.0 { (60.0, "min") } else { (1.0, "s") };
    let half = interval.half_width / unit;
    let mean = significant(interval.mean / unit);
    if half.is_finite() && half >= 0.05 {
        format!("{mean} ±{half:.1} {word}")
    } else {
        format!("{mean} {word}")
    }
}
