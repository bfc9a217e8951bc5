//! Whatever names and numbers there are on a page, it stays a page.

use knockon_core::{Service, ServiceKind, System, SystemBuilder};
use knockon_report::{
    AlertPart, AlertRow, Chart, Check, Fact, IncidentPage, Interval, Line, Mark, MarkKind, Moment,
    Proof, ProofRow, State, Unit, incident_html,
};
use proptest::prelude::*;
use roxmltree::{Document, Node};

use crate::incident_page::{check_references, parsed};

/// Text that would like to be something else, and any text at all.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("</script><script>alert(1)</script>".to_owned()),
        Just("<!--<script>".to_owned()),
        Just("]]></style>\" onclick='x' x=\"".to_owned()),
        Just("&amp;&#0;\u{fffe}\u{0}\r\n\\u003c".to_owned()),
        Just("${x} `x` \u{2028}".to_owned()),
        Just(String::new()),
        ".{0,40}",
    ]
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        -1e4..1e4_f64,
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(5e-324),
        Just(-1e308),
        Just(0.0),
    ]
}

/// The texts and numbers of a page, taken one after the other, around and around.
struct Source {
    texts: Vec<String>,
    numbers: Vec<f64>,
    taken: usize,
}

impl Source {
    fn text(&mut self) -> String {
        self.taken += 1;
        self.texts[self.taken % self.texts.len()].clone()
    }

    fn number(&mut self) -> f64 {
        self.taken += 1;
        self.numbers[self.taken % self.numbers.len()]
    }

    fn maybe(&mut self) -> Option<f64> {
        let number = self.number();
        self.taken.is_multiple_of(2).then_some(number)
    }

    fn interval(&mut self) -> Interval {
        Interval { low: self.number(), value: self.number(), high: self.number() }
    }

    fn many<T>(&mut self, made: impl Fn(&mut Self) -> T) -> Vec<T> {
        let count = self.taken % 7;
        (0..count).map(|_| made(self)).collect()
    }

    fn states(&mut self) -> Vec<State> {
        self.many(|it| State::ALL[(it.number().to_bits() % 5) as usize])
    }

    fn kind(&mut self) -> MarkKind {
        MarkKind::ALL[(self.number().to_bits() % 5) as usize]
    }

    fn unit(&mut self) -> Unit {
        let word = self.text();
        let units = [
            Unit::Count,
            Unit::PerSecond,
            Unit::Seconds,
            Unit::Share,
            Unit::Bytes,
            Unit::Money(word.clone()),
            Unit::Of(word),
        ];
        units[self.taken % units.len()].clone()
    }

    fn system(&mut self) -> System {
        let mut builder = SystemBuilder::new(self.text());
        for name in self.texts.clone() {
            // A name that is taken is left out.
            let _ = builder.service(Service::new(name, ServiceKind::Service));
        }
        builder.build()
    }

    fn page<'a>(&mut self, system: &'a System) -> IncidentPage<'a> {
        let mut page = IncidentPage::new(system);
        (page.title, page.summary, page.lead) = (self.text(), self.text(), self.text());
        (page.priority, page.footer) = (Some(self.text()), self.text());
        page.lasts_s = self.number();
        page.facts = self.many(|it| Fact {
            label: it.text(),
            value: it.text(),
            note: it.text(),
            command: Some(it.text()),
        });
        page.marks = self.many(|it| Mark {
            at_s: it.number(),
            until_s: it.maybe(),
            label: it.text(),
            kind: it.kind(),
        });
        page.map.times_s = self.many(Self::number);
        page.map.services =
            self.texts.clone().into_iter().map(|name| (name, self.states())).collect();
        page.map.journeys = self.many(|it| (it.text(), it.states()));
        page.charts = self.many(|it| Chart {
            title: it.text(),
            unit: it.unit(),
            lines: it.many(|it| Line {
                name: it.text(),
                points: it.many(|it| (it.number(), it.number())),
            }),
            limit: Some((it.text(), it.number())),
        });
        page.timeline =
            self.many(|it| Moment { at_s: it.number(), text: it.text(), kind: it.kind() });
        page.alerts = self.many(|it| AlertRow {
            name: it.text(),
            service: it.text(),
            team: it.text(),
            severity: it.text(),
            fired_s: it.number(),
            resolved_s: it.maybe(),
            part: AlertPart::Symptom,
            why: it.text(),
        });
        page.expectations = self.many(|it| Check {
            text: it.text(),
            held: it.taken.is_multiple_of(2),
            got: it.text(),
        });
        page.evidence = self.many(|it| (it.text(), it.many(Self::text)));
        page.proof = Some(self.proof());
        page
    }

    fn proof(&mut self) -> Proof {
        let rows = self.many(|it| ProofRow {
            name: it.text(),
            kind: it.text(),
            worked: Some(it.taken.is_multiple_of(2)),
            healthy_after_s: Some(it.interval()),
            saved: it.interval(),
            money: it.interval(),
            side_effects: it.many(Self::text),
            note: it.text(),
        });
        Proof { rows, counts: self.text(), currency: self.text() }
    }
}

/// What HTML and XML give back of a text.
fn in_markup(text: &str) -> String {
    let letter = |letter: char| match letter {
        '\t' | '\n' => letter,
        '\r' => ' ',
        '\u{fffe}' | '\u{ffff}' | '\0'..='\u{1f}' => '\u{fffd}',
        letter => letter,
    };
    text.chars().map(letter).collect()
}

/// No text became an element, an attribute, or the end of the script.
fn check_markup(html: &str, document: &Document<'_>) {
    for (mark, count) in
        [("<script", 2), ("</script", 2), ("<!--", 0), ("<style", 2), ("</style", 2)]
    {
        let found = html.to_lowercase().matches(mark).count();
        let without_map = mark.contains("style") && found + 1 == count;
        assert!(found == count || without_map, "{mark} {found} times");
    }
    let is_handler =
        |node: Node<'_, '_>| node.attributes().any(|attribute| attribute.name().starts_with("on"));
    assert!(!document.descendants().any(is_handler));
}

/// Everything that is drawn is drawn somewhere.
fn check_numbers(document: &Document<'_>) {
    let places =
        ["d", "x", "y", "width", "height", "style", "transform", "viewBox", "value", "max"];
    for node in document.descendants() {
        for value in places.iter().filter_map(|name| node.attribute(*name)) {
            assert!(!value.contains("NaN") && !value.contains("inf"), "{value}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn whatever_it_is_about_a_page_stays_a_page(
        texts in prop::collection::vec(any_text(), 1..12),
        numbers in prop::collection::vec(any_number(), 1..12),
        taken in 0_usize..100,
    ) {
        let mut source = Source { texts, numbers, taken };
        let system = source.system();
        let page = source.page(&system);
        let html = incident_html(&page);
        let document = parsed(&html);
        check_markup(&html, &document);
        check_numbers(&document);
        check_references(&document);
        let data = document.descendants().find(|it| it.attribute("id") == Some("played"));
        let data = data.and_then(|it| it.text()).unwrap_or_default();
        let data: serde_json::Value = serde_json::from_str(data).expect("the data are JSON");
        for (index, (name, _)) in page.map.services.iter().enumerate() {
            prop_assert_eq!(data["services"][index][0].as_str(), Some(name.as_str()));
        }
        let texts: Vec<_> = document.descendants().filter_map(|it| it.text()).collect();
        for fact in &page.facts {
            let value = in_markup(&fact.value);
            prop_assert!(value.is_empty() || texts.contains(&value.as_str()), "{:?}", value);
        }
        prop_assert_eq!(incident_html(&page), html);
    }
}
