//! Which files are read, and what is said of the others.

use knockon_import::{Format, Input, Options, collect, import};

use crate::{check, import_texts};

#[test]
fn a_file_is_known_by_what_is_in_it() {
    let check = |text: &str, expected: &[Format]| {
        let imported = import_texts(&[("file", text)]);
        assert_eq!(imported.formats[0].1, expected, "{text}");
    };
    check("services: { a: {} }", &[Format::Compose]);
    check(
        "apiVersion: v1\nkind: Pod\n---\napiVersion: backstage.io/v1\nkind: API\n",
        &[Format::Kubernetes, Format::Catalog],
    );
    check("{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": []}", &[Format::Kubernetes]);
    check("groups: []", &[Format::PrometheusRules]);
    check("ALERT A\n  IF x", &[Format::OldPrometheusRules]);
    check("{\"resourceSpans\": []}", &[Format::OtlpTraces]);
    check("{\"data\": [{\"traceID\": \"1\", \"spans\": []}]}", &[Format::JaegerTraces]);
    check("# c\nexport A=1\nB=\n", &[Format::Variables]);
    check("system: shop\nservices: { a: {} }", &[]);
}

#[test]
fn a_file_of_another_kind_is_refused_if_somebody_named_it() {
    check(
        &[("x.yaml", "a: 1\n"), ("y.yaml", ""), ("z.yaml", "a: [\n")],
        "
x.yaml:1:1: error[K0501]: this is nothing that can be imported
y.yaml:1:1: error[K0501]: the file is empty
z.yaml:1:4: error[K0104]: `[` is never closed
",
    );
    let inputs =
        [Input::found("x.yaml", "a: 1\n"), Input::found("c.yaml", "services: { a: {} }\n")];
    let imported = import(&inputs, &Options::default());
    let said: Vec<_> = imported.diagnostics.iter().map(ToString::to_string).collect();
    assert_eq!(said, ["note[K0501]: passed over 1 file that nothing can be imported from"]);
}

#[test]
fn folders_are_walked_in_order_and_hidden_files_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("b.yaml", "");
    write("a/c.yml", "");
    write("a/.env", "");
    write(".git/x.yaml", "");
    write(".hidden.yaml", "");
    write("node_modules/x.json", "");
    write("README.md", "");
    let shown = |collected: &knockon_import::Collected| {
        let names = collected.inputs.iter().map(|input| {
            let path = std::path::Path::new(&input.path).strip_prefix(folder.path()).unwrap();
            format!("{} {}", path.display(), input.is_named)
        });
        names.collect::<Vec<_>>()
    };
    assert_eq!(
        shown(&collect(&[folder.path()])),
        ["a/.env false", "a/c.yml false", "b.yaml false"]
    );
    let named = collect(&[folder.path().join("a/c.yml"), folder.path().join("a/c.yml")]);
    assert_eq!(shown(&named), ["a/c.yml true", "a/.env false"]);
    let gone = collect(&["gone.yaml"]);
    assert_eq!(
        gone.diagnostics[0].to_string(),
        "gone.yaml:1:1: error[K0502]: there is no such file"
    );
}

/// It filled the memory.
#[cfg(unix)]
#[test]
fn a_device_without_an_end_is_refused() {
    let collected = collect(&["/dev/zero"]);
    let imported = import(&collected.inputs, &Options::default());
    assert!(imported.diagnostics.iter().any(knockon_core::Diagnostic::is_error));
    assert_eq!(imported.system, None);
}
