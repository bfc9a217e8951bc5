//! What templates are filled in with, held to the cases of Prometheus
//! (<https://github.com/prometheus/prometheus/blob/main/template/template_test.go>). Left out are its
//! cases for pages in HTML and for options that rules do not have.

use std::rc::Rc;

use super::*;

const URL: &str = "http://testhost:9090/path/prefix";

fn expand(text: &str, data: &Value, answer: &[(&[(&str, &str)], f64)]) -> Result<String, String> {
    let query = |_: &str| {
        let sample = |(labels, value): &(&[(&str, &str)], f64)| Sample {
            labels: Labels::of(labels.iter().copied()),
            time_ms: 0,
            value: *value,
        };
        Ok(answer.iter().map(sample).collect())
    };
    let scope = Scope { name: "test", time_ms: 0, external_url: URL, query: &query };
    match Template::read("", text) {
        Ok(template) => template.execute(data, &scope),
        Err(error) => {
            let line = text[..error.span.start].matches('\n').count() + 1;
            Err(format!("error parsing template test: template: test:{line}: {error}"))
        }
    }
}

fn check(text: &str, expected: &str) {
    assert_eq!(expand(text, &Value::None, &[]).as_deref(), Ok(expected), "{text}");
}

fn check_error(text: &str, expected: &str) {
    assert_eq!(expand(text, &Value::None, &[]), Err(expected.to_owned()), "{text}");
}

fn check_query(text: &str, answer: &[(&[(&str, &str)], f64)], expected: &str) {
    assert_eq!(expand(text, &Value::None, answer).as_deref(), Ok(expected), "{text}");
}

/// Values to range over, in this order.
fn list(values: impl IntoIterator<Item = Value>) -> Value {
    let named = values.into_iter().enumerate().map(|(index, it)| (format!("{index:03}"), it));
    Value::Map(Rc::new(named.collect()))
}

fn floats(values: &[f64]) -> Value {
    list(values.iter().map(|it| Value::Float(*it)))
}

fn ints(values: &[i64]) -> Value {
    list(values.iter().map(|it| Value::Int(*it)))
}

fn texts(values: &[&str]) -> Value {
    list(values.iter().map(|it| Value::string(*it)))
}

#[test]
fn texts_and_values() {
    check("plain text", "plain text");
    check("{{ 1 }}", "1");
    check("{{ \"<b>\" }}", "<b>");
    check("{{ \"<b>\" | safeHtml }}", "<b>");
    check("{{define \"x\"}}{{.arg0}} {{.arg1}}{{end}}{{template \"x\" (args 1 \"2\")}}", "1 2");
    check("{{ .Foo }}", "<no value>");
    check("{{ reReplaceAll \"(a)b\" \"x$1\" \"ab\" }}", "xa");
    check("{{ \"aa bb CC\" | title }}", "Aa Bb CC");
    check("{{ \"aa bb CC\" | toUpper }}", "AA BB CC");
    check("{{ \"aA bB CC\" | toLower }}", "aa bb cc");
    check("{{ match \"a+\" \"aa\" }} {{ match \"a+\" \"b\" }}", "true false");
    check("{{ graphLink \"up\" }}", "/graph?g0.expr=up&g0.tab=0");
    check("{{ tableLink \"up\" }}", "/graph?g0.expr=up&g0.tab=1");
    check("{{ pathPrefix }}", "/path/prefix");
    check("{{ externalURL }}", URL);
    check("{{ printf \"%0.2f\" (parseDuration \"1h2m10ms\") }}", "3720.01");
    check("{{ (1435065584.128 | toTime).Format \"2006\" }}", "2015");
    check("{{ (\"1435065584.128\" | toTime).Format \"2006\" }}", "2015");
}

#[test]
fn queries() {
    let metric: &[(&str, &str)] = &[("__name__", "metric"), ("instance", "a")];
    check_query("{{ query \"1.5\" | first | value }}", &[(&[], 1.5)], "1.5");
    let one = &[(metric, 11.0)];
    check_query("{{ query \"metric{instance='a'}\" | first | value }}", one, "11");
    check_query("{{ query \"metric{instance='a'}\" | first | label \"instance\" }}", one, "a");
    check_query("{{ query \"metric{instance='a'}\" | first | label \"foo\" }}", one, "");
    check_query("{{ $x := query \"metric\" | first }}{{ $x.Labels.foo }}", one, "");
    let special: &[(&str, &str)] = &[("__name__", "metric"), ("__value__", "a")];
    check_query("{{ query \"metric\" | first | strvalue }}", &[(special, 11.0)], "a");
    let other: &[(&str, &str)] = &[("__name__", "metric"), ("instance", "b")];
    check_query(
        "{{ range query \"metric\" | sortByLabel \"instance\" }}{{.Labels.instance}}:{{.Value}}: {{end}}",
        &[(other, 21.0), (metric, 11.0)],
        "a:11: b:21: ",
    );
}

#[test]
fn ports_and_domains() {
    let check_both = |host: &str, without_port: &str, without_domain: &str| {
        check(&format!("{{{{ {host:?} | stripPort }}}}"), without_port);
        check(&format!("{{{{ {host:?} | stripDomain }}}}"), without_domain);
    };
    check_both("foo.example.com", "foo.example.com", "foo");
    check_both("foo.example.com:12345", "foo.example.com", "foo:12345");
    check_both("192.0.2.1", "192.0.2.1", "192.0.2.1");
    check_both("192.0.2.1:12345", "192.0.2.1", "192.0.2.1:12345");
    check_both("2001:0DB8::1", "2001:0DB8::1", "2001:0DB8::1");
    check_both("[2001:0DB8::1]:12345", "2001:0DB8::1", "[2001:0DB8::1]:12345");
    check_both("[2001:0DB8::1]::12345", "[2001:0DB8::1]::12345", "[2001:0DB8::1]::12345");
}

#[test]
fn errors_say_what_and_where() {
    check_error(
        "{{\u{a0}}}",
        "error parsing template test: template: test:1: unrecognized character in action: U+00A0",
    );
    check_error("{{", "error parsing template test: template: test:1: unclosed action");
    check_error(
        "{{ query \"missing\" | first }}",
        "error executing template test: template: test:1:21: executing \"test\" at <first>: error \
         calling first: first() called on vector with no elements",
    );
    check_error(
        "{{ (query \"missing\").banana }}",
        "error executing template test: template: test:1:10: executing \"test\" at <\"missing\">: can't \
         evaluate field banana in type template.queryResult",
    );
    for name in ["humanize", "humanize1024", "humanizeDuration"] {
        check_error(
            &format!("{{{{ {name} \"one\" }}}}"),
            &format!(
                "error executing template test: template: test:1:3: executing \"test\" at <{name} \
                 \"one\">: error calling {name}: strconv.ParseFloat: parsing \"one\": invalid syntax"
            ),
        );
    }
    check_error(
        "{{ \"one\" | humanizePercentage }}",
        "error executing template test: template: test:1:11: executing \"test\" at \
         <humanizePercentage>: error calling humanizePercentage: strconv.ParseFloat: parsing \"one\": \
         invalid syntax",
    );
    let timestamps = |data: &Value, number: &str| {
        assert_eq!(
            expand("{{ range . }}{{ humanizeTimestamp . }}:{{ end }}", data, &[]),
            Err(format!(
                "error executing template test: template: test:1:16: executing \"test\" at \
                 <humanizeTimestamp .>: error calling humanizeTimestamp: {number} cannot be represented \
                 as a nanoseconds timestamp since it overflows int64"
            ))
        );
    };
    timestamps(&ints(&[i64::MIN, i64::MAX]), "-9.223372036854776e+18");
    timestamps(&floats(&[u64::MAX as f64]), "1.8446744073709552e+19");
}

#[test]
fn numbers_for_people() {
    let check = |function: &str, data: &Value, expected: &str| {
        let text = format!("{{{{ range . }}}}{{{{ {function} . }}}}:{{{{ end }}}}");
        assert_eq!(expand(&text, data, &[]).as_deref(), Ok(expected), "{text} {data:?}");
    };
    let large = u64::MAX as f64;
    check("humanize", &floats(&[0.0, 1.0, 1_234_567.0, 0.12]), "0:1:1.235M:120m:");
    check("humanize", &texts(&["0.0", "1.0", "1234567.0", ".12"]), "0:1:1.235M:120m:");
    check("humanize", &ints(&[0, -1, 1, 1_234_567, i64::MAX]), "0:-1:1:1.235M:9.223E:");
    check("humanize", &floats(&[0.0, 1.0, 1_234_567.0, large]), "0:1:1.235M:18.45E:");
    check("humanize1024", &floats(&[0.0, 1.0, 1_048_576.0, 0.12]), "0:1:1Mi:0.12:");
    check("humanize1024", &texts(&["0.0", "1.0", "1048576.0", ".12"]), "0:1:1Mi:0.12:");
    check("humanize1024", &ints(&[0, -1, 1, 1_234_567, i64::MAX]), "0:-1:1:1.177Mi:8Ei:");
    check("humanize1024", &floats(&[0.0, 1.0, 1_234_567.0, large]), "0:1:1.177Mi:16Ei:");
    check(
        "humanizeDuration",
        &floats(&[0.0, 1.0, 60.0, 3600.0, 86400.0, 90000.0, -183_845.0, 899.99]),
        "0s:1s:1m 0s:1h 0m 0s:1d 0h 0m 0s:1d 1h 0m 0s:-2d 3h 4m 5s:14m 59s:",
    );
    check(
        "humanizeDuration",
        &texts(&["0", "1", "60", "3600", "86400"]),
        "0s:1s:1m 0s:1h 0m 0s:1d 0h 0m 0s:",
    );
    let small = "100ms:100us:123.5ms:1m 0s:1m 0s:1.234s:12.35s:";
    check("humanizeDuration", &floats(&[0.1, 0.0001, 0.12345, 60.1, 60.5, 1.2345, 12.345]), small);
    check(
        "humanizeDuration",
        &texts(&[".1", ".0001", ".12345", "60.1", "60.5", "1.2345", "12.345"]),
        small,
    );
    check("humanizeDuration", &ints(&[0, -1, 1, 1_234_567]), "0s:-1s:1s:14d 6h 56m 7s:");
    let percent = "0%:-100%:100%:1.235e+08%:9.223e+20%:";
    check("humanizePercentage", &ints(&[0, -1, 1, 1_234_567, i64::MAX]), percent);
    check("humanizePercentage", &floats(&[large]), "1.845e+21%:");
    let parts = "-22.22%:0%:12.35%:123.5%:";
    check("humanizePercentage", &floats(&[-0.22222, 0.0, 0.123_456_7, 1.23456]), parts);
    check("humanizePercentage", &texts(&["-0.22222", "0.0", "0.1234567", "1.23456"]), parts);
    check(
        "humanizeTimestamp",
        &ints(&[0, -1, 1, 1_234_567, 9_223_372_036]),
        "1970-01-01 00:00:00 +0000 UTC:1969-12-31 23:59:59 +0000 UTC:1970-01-01 00:00:01 +0000 \
         UTC:1970-01-15 06:56:07 +0000 UTC:2262-04-11 23:47:16 +0000 UTC:",
    );
    let moment = "2015-06-23 13:19:44.128 +0000 UTC:";
    check("humanizeTimestamp", &floats(&[1_435_065_584.128]), moment);
    check("humanizeTimestamp", &texts(&["1435065584.128"]), moment);
    for function in ["humanize", "humanize1024", "humanizeDuration", "humanizeTimestamp"] {
        let special = [f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
        check(function, &floats(&special), "+Inf:-Inf:NaN:");
        check(function, &texts(&["+Inf", "-Inf", "NaN"]), "+Inf:-Inf:NaN:");
    }
}
