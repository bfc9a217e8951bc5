//! Variants: what an overlay says of itself.

use std::rc::Rc;

use knockon_core::System;

use crate::codec::Text;
use crate::context::Context;
use crate::keys::Form;
use crate::reader::Field;
use crate::record::{Codec, record};
use crate::write::Yaml;
use crate::yaml::{Content, Node};

/// A file in `variants/`.
#[derive(Debug)]
pub(crate) struct VariantBody {
    pub(crate) name: String,
    pub(crate) summary: Option<String>,
    pub(crate) extends: Option<String>,
    pub(crate) changes: Rc<Node>,
}

record! {
    VariantBody: "variant", "The same system with some things changed." {
        name as "variant": Text, required, "with circuit breakers", "Its name.", ["name"];
        summary: Text, optional, "Every call to another team has a breaker.",
            "What is different, in one sentence.", ["description", "about"];
        extends: Text, optional, "reviewed timeouts", "The variant that it changes further.",
            ["base", "on", "inherits"];
        changes: Changes, required, "{ services: { orders: { runs: { replicas: 3 } } } }",
            "What is different, in the shape of a system file. `null` removes.",
            ["change", "overlay", "patch", "system"];
    }
}

/// A part of a system file.
struct Changes;

impl Codec for Changes {
    type Out = Rc<Node>;
    const FORM: Form = Form::Changes;

    fn read(field: Field<'_>, cx: &mut Context<'_>) -> Option<Rc<Node>> {
        if matches!(field.node.content, Content::Mapping(_)) {
            return Some(Rc::clone(field.node));
        }
        cx.findings.push(field.wrong_type(Self::FORM));
        None
    }

    fn write(_: &Rc<Node>, _: &System) -> Yaml {
        Yaml::Map(Vec::new())
    }
}
