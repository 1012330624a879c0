//! AWS's model of one service, as botocore's `service-2.json` has it.

use super::services::Known;
use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value};
use std::path::Path;

/// One service of the model.
pub struct Service {
    /// What our list says of it.
    pub known: &'static Known,
    metadata: Value,
    /// The operations that our list takes, in the model's order.
    pub operations: Vec<Operation>,
    /// How many operations the model has in all.
    pub operations_in_model: usize,
    shapes: Map<String, Value>,
}

/// One operation of the model.
pub struct Operation {
    /// As AWS spells it.
    pub name: String,
    /// The shape of its input.
    pub input: Option<String>,
    /// The shape of its output.
    pub output: Option<String>,
}

/// A shape of the model.
#[derive(Clone, Copy)]
pub struct Shape<'a> {
    /// Its name in the model.
    pub name: &'a str,
    value: &'a Value,
}

impl Service {
    /// Reads the model of a service from botocore's `data` folder.
    pub fn read(botocore_data: &Path, known: &'static Known) -> Result<Self> {
        let path = botocore_data.join(known.model).join("service-2.json");
        let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let model = serde_json::from_slice(&bytes).with_context(|| format!("malformed: {}", path.display()))?;
        Self::of(known, &model)
    }

    /// Takes what our list wants of a model.
    pub fn of(known: &'static Known, model: &Value) -> Result<Self> {
        let shapes = model["shapes"].as_object().context("a model has shapes")?.clone();
        let operations = model["operations"].as_object().context("a model has operations")?;
        let operations_in_model = operations.len();
        let taken = |name: &str| known.operations.is_empty() || known.operations.contains(&name);
        let operations: Vec<_> = operations.iter().filter(|(name, _)| taken(name)).map(operation).collect();
        ensure!(
            known.operations.is_empty() || known.operations.len() == operations.len(),
            "{} lists an operation that the model does not have",
            known.id
        );
        Ok(Self { known, metadata: model["metadata"].clone(), operations, operations_in_model, shapes })
    }

    /// A text of the model's metadata; empty when absent.
    pub fn metadata(&self, name: &str) -> &str {
        self.metadata[name].as_str().unwrap_or_default()
    }

    /// A shape by its name.
    pub fn shape<'a>(&'a self, name: &str) -> Result<Shape<'a>> {
        let (name, value) = self.shapes.get_key_value(name).with_context(|| format!("no shape {name}"))?;
        Ok(Shape { name, value })
    }

    /// The errors of the service, in the model's order.
    pub fn errors(&self) -> impl Iterator<Item = Shape<'_>> {
        let shapes = self.shapes.iter().map(|(name, value)| Shape { name, value });
        shapes.filter(|shape| shape.flag("exception"))
    }
}

fn operation((name, value): (&String, &Value)) -> Operation {
    let shape = |side: &str| value[side]["shape"].as_str().map(str::to_owned);
    Operation { name: name.clone(), input: shape("input"), output: shape("output") }
}

impl<'a> Shape<'a> {
    /// `structure`, `string`, `list` and so on.
    pub fn kind(self) -> &'a str {
        self.value["type"].as_str().unwrap_or_default()
    }

    /// Whether a trait such as `sensitive` is set.
    pub fn flag(self, name: &str) -> bool {
        self.value[name].as_bool().unwrap_or(false)
    }

    /// A whole number such as `min`.
    pub fn number(self, name: &str) -> Option<i64> {
        self.value[name].as_i64()
    }

    /// The pattern that its text must match, as AWS writes it.
    pub fn pattern(self) -> Option<&'a str> {
        self.value["pattern"].as_str()
    }

    /// The HTTP status that the model gives an error; none where it gives none.
    pub fn http_status(self) -> Option<i64> {
        self.value["error"]["httpStatusCode"].as_i64()
    }

    /// The code of an error on the wire, which AWS Query may spell unlike the shape.
    pub fn error_code(self) -> &'a str {
        self.value["error"]["code"].as_str().unwrap_or(self.name)
    }

    /// The values of an enumeration; empty when it is none.
    pub fn values(self) -> Vec<&'a str> {
        self.value["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The members of a structure with the names of their shapes, in the model's order.
    pub fn members(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let members = self.value["members"].as_object().into_iter().flatten();
        members.filter_map(|(name, member)| Some((name.as_str(), member["shape"].as_str()?)))
    }

    /// Whether a member of a structure is marked deprecated.
    pub fn is_deprecated(self, member: &str) -> bool {
        self.value["members"][member]["deprecated"].as_bool().unwrap_or(false)
    }

    /// Whether a member of a structure must be given.
    pub fn is_required(self, member: &str) -> bool {
        self.value["required"].as_array().into_iter().flatten().any(|required| required == member)
    }

    /// The shape behind a list's `member`, or a map's `key` or `value`.
    pub fn inner(self, side: &str) -> Result<&'a str> {
        self.value[side]["shape"].as_str().with_context(|| format!("{} has no {side}", self.name))
    }
}
