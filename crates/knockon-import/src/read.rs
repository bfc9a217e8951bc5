//! Gives every file to the importer of its kind.

use knockon_core::Diagnostic;
use knockon_format::YamlFile;

use crate::document::Doc;
use crate::format::{Format, Guess, READERS, Read, guess};
use crate::gathered::Gathered;
use crate::traces::Traces;
use crate::{Input, Options, codes, compose, kubernetes, rules_before_2};

/// A document that is read with others of its kind: its file, its number in it and its kind.
struct Waiting {
    file: usize,
    document: usize,
    format: Format,
}

/// The text files and what was found in them.
#[derive(Default)]
struct Reading {
    gathered: Gathered,
    formats: Vec<(String, Vec<Format>)>,
    files: Vec<(String, YamlFile)>,
    waiting: Vec<Waiting>,
    traces: Traces,
    passed_over: usize,
}

/// Reads every file; gives what was found, and of what kind each file is.
pub(crate) fn read_all(
    inputs: &[Input],
    options: &Options,
) -> (Gathered, Vec<(String, Vec<Format>)>) {
    let mut reading = Reading::default();
    for input in inputs {
        let formats = reading.file(input);
        reading.formats.push((input.path.clone(), formats));
    }
    let Reading { mut gathered, formats, files, waiting, traces, passed_over } = reading;
    let of = |format: Format| -> Vec<Doc<'_>> {
        let docs = waiting.iter().filter(|it| it.format == format);
        docs.filter_map(|it| {
            let (path, file) = files.get(it.file)?;
            Some(Doc { file, node: file.documents.get(it.document)?, path })
        })
        .collect()
    };
    kubernetes::read(&of(Format::Kubernetes), &mut gathered);
    compose::read(&of(Format::Compose), inputs, &options.env, &mut gathered);
    traces.finish(&mut gathered);
    if passed_over > 0 {
        let files = if passed_over == 1 { "1 file".into() } else { format!("{passed_over} files") };
        let message = format!("passed over {files} that nothing can be imported from");
        gathered.diagnostics.push(Diagnostic::note(codes::UNKNOWN_FORMAT, message));
    }
    (gathered, formats)
}

/// What is said of a file in a folder that looks like YAML by its name and is none: what it would have
/// shown is missing.
fn unreadable(input: &Input, file: &YamlFile) -> Option<Diagnostic> {
    let ending = input.path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let error = file.diagnostics.iter().find(|diagnostic| diagnostic.is_error())?;
    if !matches!(ending.as_str(), "yaml" | "yml" | "json") {
        return None;
    }
    let mut warning = Diagnostic::warning(error.code, format!("passed over: {}", error.message));
    warning.place.clone_from(&error.place);
    warning.help.clone_from(&error.help);
    Some(warning)
}

impl Reading {
    fn file(&mut self, input: &Input) -> Vec<Format> {
        match guess(&input.bytes) {
            Guess::Traces(format) => {
                self.traces.read(input, format, &mut self.gathered);
                vec![format]
            }
            Guess::OldRules => {
                rules_before_2::read(input, &mut self.gathered);
                vec![Format::OldPrometheusRules]
            }
            // Looked up by the compose file beside it.
            Guess::Variables => vec![Format::Variables],
            Guess::Yaml => self.yaml(input),
        }
    }

    fn yaml(&mut self, input: &Input) -> Vec<Format> {
        let file = YamlFile::read(&input.path, &input.bytes);
        let mut formats = Vec::new();
        let mut unknown = Vec::new();
        for (number, node) in file.documents.iter().enumerate() {
            let doc = Doc { file: &file, node, path: &input.path };
            let Some(reader) = READERS.iter().find(|reader| (reader.recognises)(doc)) else {
                unknown.push(doc.place());
                continue;
            };
            formats.push(reader.format);
            match reader.read {
                Read::Alone(read) => read(doc, &mut self.gathered),
                Read::Together => self.waiting.push(Waiting {
                    file: self.files.len(),
                    document: number,
                    format: reader.format,
                }),
            }
        }
        formats.sort();
        formats.dedup();
        if formats.is_empty() && !input.is_named {
            self.passed_over += 1;
            self.gathered.diagnostics.extend(unreadable(input, &file));
            return formats;
        }
        self.gathered.diagnostics.extend(file.diagnostics.iter().cloned());
        let is_empty = file.documents.is_empty() && file.diagnostics.is_empty();
        let unknown =
            unknown.into_iter().map(|place| (place, "this is nothing that can be imported"));
        let empty =
            is_empty.then(|| (knockon_core::Place::whole_file(&input.path), "the file is empty"));
        // Broken YAML is not what it seems to be; that it is broken was said.
        let is_broken = file.diagnostics.iter().any(Diagnostic::is_error);
        for (place, message) in unknown.filter(|_| !is_broken).chain(empty) {
            self.gathered.diagnostics.push(unknown_format(message).at(place));
        }
        self.files.push((input.path.clone(), file));
        formats
    }
}

fn unknown_format(message: &str) -> Diagnostic {
    let names: Vec<_> = Format::ALL.iter().map(|format| format.as_str()).collect();
    let (last, others) = names.split_last().unwrap_or((&"", &[]));
    Diagnostic::error(codes::UNKNOWN_FORMAT, message)
        .help(format!("what can be imported: {} and {last}", others.join(", ")))
}
