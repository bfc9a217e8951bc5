//! A JSON value of any shape, for what other tools write: they nest, and change from release to
//! release, so what is looked for is asked for by its path and the rest is passed over.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// The keys of an object.
pub(crate) type Fields = BTreeMap<String, Node>;

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    Null,
    /// A string, or a number or boolean in its own spelling.
    Text(String),
    List(Vec<Node>),
    Object(Fields),
}

impl Node {
    /// The text at a path of keys; empty text is none.
    pub(crate) fn text(&self, path: &[&str]) -> Option<&str> {
        match (path, self) {
            ([], Self::Text(text)) => Some(text.as_str()).filter(|text| !text.trim().is_empty()),
            ([key, rest @ ..], Self::Object(fields)) => fields.get(*key)?.text(rest),
            _ => None,
        }
    }

    /// The list at a path of keys; empty where there is none.
    pub(crate) fn list(&self, path: &[&str]) -> &[Node] {
        match (path, self) {
            ([], Self::List(nodes)) => nodes,
            ([key, rest @ ..], Self::Object(fields)) => {
                fields.get(*key).map_or(&[], |node| node.list(rest))
            }
            _ => &[],
        }
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        match self {
            Self::Object(fields) => fields.get(key),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Text(number.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Text(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Node, E> {
        Ok(Node::Text(number.to_string()))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = seq.next_element()? {
            nodes.push(node);
        }
        Ok(Node::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut fields = Fields::new();
        while let Some((key, node)) = map.next_entry()? {
            fields.insert(key, node);
        }
        Ok(Node::Object(fields))
    }
}
