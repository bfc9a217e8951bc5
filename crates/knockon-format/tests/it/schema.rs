//! The JSON Schema has every key, and leads nowhere that is not there.

use std::collections::BTreeSet;

use knockon_format::keys::{Need, STEP_TABLES, TABLES, Table};
use knockon_format::{SchemaOf, schema};
use serde_json::Value;

fn both() -> [Value; 2] {
    [schema(SchemaOf::System), schema(SchemaOf::Variant)]
}

/// Every mapping inside of a schema, itself included.
fn objects<'v>(value: &'v Value, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(map) => {
            found.push(value);
            map.values().for_each(|value| objects(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| objects(value, found)),
        _ => {}
    }
}

/// The properties that hold the keys of a table.
fn properties<'v>(schema: &'v Value, table: &Table) -> &'v Value {
    let name = table.of.replace(' ', "-");
    let definitions = &schema["definitions"];
    let body = match table.of {
        "system" => schema,
        of if STEP_TABLES.iter().any(|(_, step)| step.of == of) => {
            return &definitions["steps"]["items"]["properties"];
        }
        "policy" => return &definitions["steps"]["items"]["properties"],
        _ => &definitions[&name],
    };
    let choices = body["anyOf"].as_array();
    let mapping = choices.and_then(|choices| choices.first()).unwrap_or(body);
    &mapping["properties"]
}

#[test]
fn every_key_is_in_the_schema_with_what_it_means() {
    let schema = schema(SchemaOf::System);
    let steps = STEP_TABLES.iter().map(|(_, table)| *table);
    let tables = TABLES.iter().copied().filter(|table| table.of != "variant").chain(steps);
    for table in tables {
        let properties = properties(&schema, table);
        for key in table.keys {
            let property = &properties[key.name];
            let about = property["description"].as_str().unwrap_or_default();
            // A key that several verbs have is explained once.
            let is_shared = table.of.ends_with(" step") || table.of == "policy";
            let is_explained = about.starts_with(key.about) || (is_shared && !about.is_empty());
            assert!(is_explained, "`{}` of {}: {property}", key.name, table.of);
            assert_eq!(property["examples"].as_array().map(Vec::len), Some(1), "`{}`", key.name);
            if matches!(key.need, Need::Default(_)) && !is_shared {
                assert!(!property["default"].is_null(), "`{}` of {}", key.name, table.of);
            }
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    for schema in both() {
        let mut found = Vec::new();
        objects(&schema, &mut found);
        let definitions = schema["definitions"].as_object().unwrap();
        assert!(definitions.values().all(Value::is_object));
        let references: BTreeSet<&str> =
            found.iter().filter_map(|value| value.get("$ref")?.as_str()).collect();
        assert!(references.len() > 30, "{references:?}");
        for reference in references {
            let name = reference.strip_prefix("#/definitions/").unwrap();
            assert!(definitions.contains_key(name), "{reference}");
        }
    }
}

#[test]
fn a_step_has_the_keys_of_one_verb() {
    let schema = schema(SchemaOf::System);
    let choices = schema["definitions"]["steps"]["items"]["oneOf"].as_array().unwrap();
    assert_eq!(choices.len(), STEP_TABLES.len());
    for (choice, (verb, table)) in choices.iter().zip(STEP_TABLES) {
        assert_eq!(choice["required"], serde_json::json!([verb]));
        assert_eq!(choice["additionalProperties"], false);
        let keys = choice["properties"].as_object().unwrap();
        assert_eq!(keys.len(), table.all_keys().count(), "{verb}");
    }
}

#[test]
fn a_part_of_a_pack_needs_no_name_and_a_variant_no_more_than_it_changes() {
    let [system, variant] = both();
    assert_eq!(system["required"], serde_json::json!([]));
    assert_eq!(variant["required"], serde_json::json!(["variant", "changes"]));
    let mut found = Vec::new();
    objects(&variant["definitions"], &mut found);
    for value in found {
        assert!(value.get("required").is_none_or(|keys| {
            let keys = keys.as_array().unwrap();
            keys.iter().all(|key| STEP_TABLES.iter().any(|(verb, _)| key == verb))
        }));
    }
}

#[test]
fn an_unknown_key_is_refused_everywhere() {
    for schema in both() {
        let mut found = Vec::new();
        objects(&schema, &mut found);
        let mappings = found
            .iter()
            .filter(|value| value.get("properties").is_some() && value.get("required").is_some());
        for mapping in mappings {
            assert_eq!(mapping["additionalProperties"], false, "{mapping}");
        }
    }
}
