//! The language as a JSON Schema, made from the tables of keys, so that editors complete and
//! explain every key.

use serde_json::{Map, Value, json};

use crate::findings::Findings;
use crate::keys::{Form, Key, Need, Table};
use crate::model::{STEP_TABLES, SystemBody, VariantBody};
use crate::record::table;
use crate::yaml::{self, Content, Documents, Node};

/// Which files a schema is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaOf {
    /// A system file, or a part of one.
    System,
    /// A variant.
    Variant,
}

/// The dialect that editors understand best.
const DIALECT: &str = "http://json-schema.org/draft-07/schema#";

/// A service and something in it, or two other names.
const MEMBER: &str = r"^\S.* / .*\S$";

/// The JSON Schema (draft 7) of one sort of file.
pub fn schema(of: SchemaOf) -> Value {
    let (root, title) = match of {
        SchemaOf::System => (table::<SystemBody>(), "A knockon system"),
        SchemaOf::Variant => (table::<VariantBody>(), "A variant of a knockon system"),
    };
    let mut schema = Schema { definitions: Map::new(), of };
    let mut document = schema.mapping(root);
    if of == SchemaOf::System {
        // A pack may be written in several files, of which one has the name and each some services.
        document["required"] = json!([]);
    }
    document["$schema"] = json!(DIALECT);
    document["title"] = json!(title);
    document["definitions"] = Value::Object(schema.definitions);
    document
}

struct Schema {
    definitions: Map<String, Value>,
    of: SchemaOf,
}

impl Schema {
    /// A mapping with the keys of a table.
    fn mapping(&mut self, table: &'static Table) -> Value {
        let mut properties = Map::new();
        for key in table.all_keys() {
            properties.insert(key.name.to_owned(), self.key(key));
        }
        let required: Vec<_> =
            table.all_keys().filter(|key| key.need == Need::Required).map(|key| key.name).collect();
        json!({
            "type": "object",
            "description": table.about,
            "properties": properties,
            "required": if self.is_partial() && table.of != "variant" { json!([]) } else { json!(required) },
            "additionalProperties": false,
        })
    }

    /// Whether anything may be left out, as in the changes of a variant.
    fn is_partial(&self) -> bool {
        self.of == SchemaOf::Variant
    }

    fn key(&mut self, key: &'static Key) -> Value {
        let mut value = self.form(key.form);
        if self.is_partial() {
            value = json!({ "anyOf": [value, { "type": "null" }] });
        }
        if value.get("$ref").is_some() {
            // What stands beside a `$ref` counts for nothing.
            value = json!({ "allOf": [value] });
        }
        let default = match key.need {
            Need::Required => " Required.".to_owned(),
            Need::Optional => String::new(),
            Need::Default(default) | Need::Derived(default) => format!(" Default: {default}."),
        };
        value["description"] = json!(format!("{}{default}", key.about));
        value["examples"] = json!([json_of(key.example)]);
        if let Need::Default(default) = key.need {
            value["default"] = json_of(default);
        }
        value
    }

    fn form(&mut self, form: Form) -> Value {
        let pattern = |pattern: &str| json!({ "type": "string", "pattern": pattern });
        match form {
            Form::Text | Form::Page | Form::Name(_) | Form::Callee => {
                json!({ "type": ["string", "number", "boolean"] })
            }
            Form::Word(words) => word(&words()),
            Form::Flag => json!({
                "anyOf": [{ "type": "boolean" }, pattern("^~ ?(true|false)$")]
            }),
            Form::Count(low, high) => {
                let mut number = json!({ "type": "integer", "minimum": low });
                if high < u64::from(u32::MAX) {
                    number["maximum"] = json!(high);
                }
                json!({ "anyOf": [number, pattern("^~ ?[0-9]+$")] })
            }
            Form::Factor => json!({
                "anyOf": [{ "type": "number", "minimum": 0 }, pattern("^~ ?[0-9]+(\\.[0-9]+)?$")]
            }),
            // YAML takes a `0`, which needs no unit, for a number.
            Form::Duration => json!({
                "type": ["string", "integer"],
                "pattern": r"^(~ ?)?([0-9]+(\.[0-9]+)?(ns|us|ms|s|min|h|d)|0)$",
                "minimum": 0,
                "maximum": 0,
            }),
            Form::DurationRange => pattern(
                r"^(~ ?)?[0-9]+(\.[0-9]+)?(ns|us|ms|s|min|h|d)( to [0-9]+(\.[0-9]+)?(ns|us|ms|s|min|h|d))?$",
            ),
            Form::Share => pattern(r"^(~ ?)?[0-9]+(\.[0-9]+)?%$"),
            Form::Spread => pattern(r"^(~ ?)?(none|exponential|[0-9]+(\.[0-9]+)?%)$"),
            Form::Cpu => json!({
                "anyOf": [
                    { "type": "number", "exclusiveMinimum": 0 },
                    pattern(r"^(~ ?)?[0-9]+(\.[0-9]+)?m?$"),
                ]
            }),
            Form::Memory => pattern(r"^(~ ?)?[0-9]+(\.[0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T|B)$"),
            Form::Rate => pattern(r"^(~ ?)?[0-9]+(\.[0-9]+)?/(s|min|h|d)$"),
            Form::Money => pattern(r"^(~ ?)?[0-9]+(\.[0-9]+)? [A-Z]{3}$"),
            Form::MoneyRate => pattern(r"^(~ ?)?[0-9]+(\.[0-9]+)? [A-Z]{3}/(min|h|d)$"),
            Form::Member(_) => pattern(MEMBER),
            Form::Move => pattern(r"^\S.* to .*\S$"),
            Form::Source => pattern("^(declared|manifest|trace|network-policy|catalog)( .+)?$"),
            Form::List(item) => self.list(*item),
            Form::Map(value) => self.map(*value),
            Form::Body(table) => self.body(table),
            Form::Items(table) => self.items(table),
            Form::Dependencies(_) => self.items(crate::model::DEPENDENCY),
            Form::Steps => self.steps(),
            Form::Fallback => json!({ "anyOf": [{ "const": "skip" }, self.steps()] }),
            Form::Changes => {
                let system = self.mapping(table::<SystemBody>());
                self.define("system", system)
            }
        }
    }

    fn list(&mut self, item: Form) -> Value {
        let items = self.form(item);
        self.or_changes(json!({ "type": "array", "items": items }))
    }

    /// In a variant a list may be changed item by item.
    fn or_changes(&self, list: Value) -> Value {
        if self.is_partial() { json!({ "anyOf": [list, { "type": "object" }] }) } else { list }
    }

    fn map(&mut self, value: Form) -> Value {
        let value = self.form(value);
        let value =
            if self.is_partial() { json!({ "anyOf": [value, { "type": "null" }] }) } else { value };
        json!({ "type": "object", "additionalProperties": value })
    }

    /// A mapping of a table, or the value its short form stands for; nothing is an empty mapping.
    fn body(&mut self, table: &'static Table) -> Value {
        let name = table.of.replace(' ', "-");
        if !self.definitions.contains_key(&name) {
            // Marked as known first: a body may hold bodies of its own sort.
            self.definitions.insert(name.clone(), Value::Null);
            let mut choices = vec![self.mapping(table)];
            choices.extend(table.short_key().map(|key| self.form(key.form)));
            if table.all_keys().all(|key| key.need != Need::Required) {
                choices.push(json!({ "type": "null" }));
            }
            let value = match choices.len() {
                1 => choices.remove(0),
                _ => json!({ "anyOf": choices, "description": table.about }),
            };
            self.definitions.insert(name.clone(), value);
        }
        reference(&name)
    }

    /// A list of names, each alone or with a value or a body.
    fn items(&mut self, table: &'static Table) -> Value {
        let body = self.body(table);
        self.or_changes(json!({
            "type": "array",
            "items": {
                "anyOf": [
                    { "type": ["string", "number", "boolean"] },
                    {
                        "type": "object",
                        "minProperties": 1,
                        "maxProperties": 1,
                        "additionalProperties": body,
                    },
                ]
            },
        }))
    }

    fn steps(&mut self) -> Value {
        if !self.definitions.contains_key("steps") {
            self.definitions.insert("steps".into(), Value::Null);
            let mut all = Map::new();
            let mut choices = Vec::new();
            for (verb, table) in STEP_TABLES {
                let mapping = self.mapping(table);
                for (key, value) in mapping["properties"].as_object().into_iter().flatten() {
                    all.entry(key.clone()).or_insert_with(|| value.clone());
                }
                let keys: Map<_, _> =
                    table.all_keys().map(|key| (key.name.to_owned(), json!(true))).collect();
                choices.push(json!({
                    "required": [verb],
                    "properties": keys,
                    "additionalProperties": false,
                }));
            }
            // Editors complete from `properties`; `oneOf` holds each verb to its own keys.
            let step = json!({ "type": "object", "properties": all, "oneOf": choices });
            let one_step = json!({ "type": ["object", "null"], "properties": all });
            let mut list = json!({ "type": "array", "items": step });
            if self.is_partial() {
                let changes = json!({
                    "type": "object",
                    "description": "Changes of single steps: `verb target` with what is different, or `null` to remove it.",
                    "propertyNames": { "pattern": address() },
                    "additionalProperties": one_step,
                });
                list = json!({ "anyOf": [list, changes] });
            }
            self.definitions.insert("steps".into(), list);
        }
        reference("steps")
    }

    fn define(&mut self, name: &str, value: Value) -> Value {
        self.definitions.insert(name.to_owned(), value);
        reference(name)
    }
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/definitions/{name}") })
}

/// How a step is addressed in a variant.
fn address() -> String {
    let verbs: Vec<_> = STEP_TABLES.iter().map(|(verb, _)| *verb).collect();
    format!(r"^({}|do) \S", verbs.join("|"))
}

/// An example or a default, as the tables have them, in JSON.
fn json_of(text: &str) -> Value {
    let stream = yaml::read(text, 0, Documents::One, &mut Findings::default());
    stream.documents.first().map_or(Value::Null, |node| json_of_node(node))
}

fn json_of_node(node: &Node) -> Value {
    match &node.content {
        Content::Text { text, quoted: false } if matches!(text.as_str(), "true" | "false") => {
            json!(text == "true")
        }
        Content::Text { text, quoted: false } => match (text.parse::<u64>(), text.parse::<f64>()) {
            (Ok(number), _) => json!(number),
            (_, Ok(number)) if text.starts_with(|c: char| c.is_ascii_digit()) => json!(number),
            _ => json!(text),
        },
        Content::Text { text, .. } => json!(text),
        Content::List(items) => items.iter().map(|item| json_of_node(item)).collect(),
        Content::Mapping(entries) => entries
            .iter()
            .map(|entry| (entry.key.to_string(), json_of_node(&entry.value)))
            .collect::<Map<_, _>>()
            .into(),
        Content::Nothing { .. } | Content::Broken => Value::Null,
    }
}

/// Words, and numbers where YAML takes a word for one.
fn word(words: &[&'static str]) -> Value {
    let mut values: Vec<Value> = words.iter().map(|word| json!(word)).collect();
    values.extend(words.iter().filter_map(|word| word.parse::<u64>().ok()).map(|n| json!(n)));
    let pattern = format!("^~ ?({})$", words.join("|"));
    json!({ "anyOf": [{ "enum": values }, { "type": "string", "pattern": pattern }] })
}
