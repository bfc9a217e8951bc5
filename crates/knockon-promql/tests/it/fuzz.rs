//! Whatever is written as a template or a rule, nothing panics, and every place of a mistake can be shown.

use knockon_promql::rules::{AlertingRule, Rule, RuleSettings, RuleText, Rules};
use knockon_promql::{Labels, Scope, Store, Template};
use proptest::prelude::*;

use crate::load::{group, load};

/// Parts of templates, right and wrong ones.
const PARTS: &[&str] = &[
    "{{",
    "}}",
    "{{- ",
    " -}}",
    "{{/*",
    "*/}}",
    "(",
    ")",
    "|",
    " | ",
    ":=",
    "=",
    ",",
    ".",
    "$",
    "$x",
    "$labels",
    "$value",
    ".Labels",
    ".a",
    ".Value",
    "if ",
    "else ",
    "else if ",
    "{{ end }}",
    "range ",
    "with ",
    "define \"x\" ",
    "template \"x\" . ",
    "block \"y\" 1 ",
    "break ",
    "continue ",
    "nil ",
    "true ",
    "query ",
    "first ",
    "value ",
    "label ",
    "args ",
    "humanize ",
    "humanizeDuration ",
    "humanizeTimestamp ",
    "toTime ",
    "toDuration ",
    "parseDuration ",
    "printf ",
    "print ",
    "html ",
    "index ",
    "slice ",
    "len ",
    "eq ",
    "lt ",
    "and ",
    "or ",
    "not ",
    "match ",
    "reReplaceAll ",
    "title ",
    "stripPort ",
    "stripDomain ",
    "sortByLabel ",
    "\"%*.*d %[2]v %q %x\" ",
    "\"load\" ",
    "\"(\" ",
    "\"é:1\" ",
    "'a' ",
    "`raw` ",
    "1 ",
    "-1 ",
    "9223372036854775807 ",
    "1e300 ",
    "0.5 ",
    "0x1F ",
    "\\",
    "\"",
    "é",
    "\n",
    "{{ range query \"load\" }}",
    "{{ if $value }}",
    "{{ $x := ",
    "(toTime 1).Format ",
    "(toDuration 1).",
];

/// One of them, or anything.
fn part() -> impl Strategy<Value = String> {
    let known = proptest::sample::select(PARTS.to_vec());
    prop_oneof![8 => known.prop_map(str::to_owned), 1 => any::<String>(), 1 => "[ -~]{0,6}"]
}

fn template() -> impl Strategy<Value = String> {
    proptest::collection::vec(part(), 0..16).prop_map(|parts| parts.concat())
}

fn expand(text: &str) {
    let scope = Scope {
        name: "fuzz",
        time_ms: 1,
        external_url: "http://p/é",
        query: &|text| match text {
            "load" => Ok(Vec::new()),
            text => Err(text.to_owned()),
        },
    };
    match Template::parse(text) {
        Ok(template) => {
            assert_eq!(template.text(), text);
            let labels = Labels::of([("a", "b:1"), ("host", "é")]);
            for value in [2.5, f64::NAN, -1e300] {
                let _ = template.expand(&labels, value, &Labels::default(), &scope);
            }
        }
        Err(error) => assert!(text.get(error.span.clone()).is_some(), "{text:?} {error:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_is_a_template_or_is_refused(text in any::<String>()) {
        expand(&text);
        expand(&format!("{{{{{text}}}}}"));
    }

    #[test]
    fn any_template_is_filled_in_or_says_why_not(text in template()) {
        expand(&text);
        expand(&format!("{{{{ {text} }}}}"));
    }

    #[test]
    fn any_format_prints(format in "[%a-zA-Z0-9+# .*\\[\\]-]{0,12}", int in any::<i64>(), float in any::<f64>()) {
        let quoted = format!("{format:?}");
        expand(&format!("{{{{ printf {quoted} {int} $value \"é\" true nil {float:e} }}}}"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_rule_is_evaluated_or_refused(
        expr in prop_oneof![
            any::<String>(),
            proptest::sample::select(vec!["load", "load > 2", "sum(load)", "1", "\"a\"", "load[1m]", "-load"])
                .prop_map(str::to_owned),
        ],
        label in template(),
        annotation in template(),
        times in proptest::collection::vec(prop_oneof![0_i64..600_000, any::<i64>()], 0..6),
        hold_ms in any::<i64>(),
        keep_firing_ms in 0_i64..100_000,
    ) {
        let text = RuleText {
            name: "A",
            expr: &expr,
            labels: &[("label", &label)],
            annotations: &[("note", &annotation)],
        };
        match AlertingRule::parse(text, hold_ms % 100_000, keep_firing_ms, 0) {
            Ok(rule) => {
                let mut store = Store::new();
                load(&mut store, 30_000, "load{host=\"a\"}", "1 2 3 4 5 stale 7x9");
                let mut rules =
                    Rules::new([group(10_000, vec![Rule::Alerting(rule)])], RuleSettings::default());
                for time_ms in times {
                    rules.evaluate(&mut store, time_ms);
                }
            }
            Err(errors) => prop_assert!(!errors.is_empty()),
        }
    }
}

#[test]
fn templates_without_end_are_stopped() {
    let check = |text: &str, expected: &str| {
        let scope = Scope { name: "t", time_ms: 0, external_url: "", query: &|_| Ok(Vec::new()) };
        let template = Template::parse(text).unwrap();
        let error =
            template.expand(&Labels::default(), 1.0, &Labels::default(), &scope).unwrap_err();
        assert!(error.ends_with(expected), "{error}");
    };
    check(
        "{{ define \"x\" }}{{ template \"x\" }}{{ end }}{{ template \"x\" }}",
        "exceeded maximum template depth (100)",
    );
    check(
        "{{ define \"x\" }}{{ range 9 }}{{ template \"x\" }}{{ end }}{{ end }}{{ template \"x\" }}",
        "exceeded maximum template depth (100)",
    );
    check("{{ range 2000000 }}{{ end }}", "exceeded maximum of 1000000 steps");
    check(
        "{{ range 1000 }}{{ printf \"%5000d\" 1 }}{{ end }}",
        "exceeded maximum length of 1048576 bytes",
    );
    check(
        "{{ $x := \"aaaaaaaa\" }}{{ range 60 }}{{ $x = printf \"%s%s\" $x $x }}{{ end }}",
        "exceeded maximum length of 1048576 bytes",
    );
    let deep = format!("{{{{ {}1{} }}}}", "(".repeat(100_000), ")".repeat(100_000));
    assert_eq!(Template::parse(&deep).unwrap_err().message, "nested too deeply");
    let deep = "{{ if true }}".repeat(100_000);
    assert_eq!(Template::parse(&deep).unwrap_err().message, "nested too deeply");
    let chained = format!("{{{{ if 1 }}}}{}{{{{ end }}}}", "{{ else if 1 }}".repeat(100_000));
    assert_eq!(Template::parse(&chained).unwrap_err().message, "nested too deeply");
}
