//! What is to be written for a service: messages and enumerations with their numbers, before any text.

use super::lock::Lock;
use super::model::{Operation, Service, Shape};
use super::names::{camel, snake};
use anyhow::{Result, bail, ensure};
use std::collections::BTreeSet;

/// Everything to be written for one service.
pub struct Plan<'a> {
    /// Where it comes from.
    pub service: &'a Service,
    /// Requests and responses, in the order of the operations.
    pub calls: Vec<Message<'a>>,
    /// Structures that requests and responses hold.
    pub types: Vec<Message<'a>>,
    /// Enumerations, in the order in which the messages first name them.
    pub enumerations: Vec<Enumeration<'a>>,
}

/// A message and where it comes from.
pub struct Message<'a> {
    /// Its name, in the proto as in Rust.
    pub name: String,
    /// What stands above it in the proto.
    pub comment: String,
    /// Its fields, in the model's order.
    pub fields: Vec<Field<'a>>,
    /// Whether a request holds it, so that it is validated.
    pub is_input: bool,
}

/// A field of a message.
pub struct Field<'a> {
    /// AWS's spelling, which JSON keeps.
    pub member: &'a str,
    /// The name in the proto.
    pub name: String,
    /// The number on the wire.
    pub number: i32,
    /// The shape of the member.
    pub shape: Shape<'a>,
    /// What the shape is on the wire.
    pub kind: Kind,
    /// Whether a request must give it.
    pub required: bool,
    /// Whether AWS marks it deprecated.
    pub deprecated: bool,
    /// Whether its value must not be shown.
    pub sensitive: bool,
}

/// What a field holds.
#[derive(Clone, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text.
    Text,
    /// Bytes.
    Blob,
    /// True or false.
    Truth,
    /// A 32-bit whole number.
    Integer,
    /// A 64-bit whole number.
    Long,
    /// A moment.
    Time,
    /// An enumeration by its name.
    Enumeration(String),
    /// A message by its name.
    Message(String),
    /// A list.
    List(Box<Kind>),
    /// A map from text.
    Map(Box<Kind>),
}

/// An enumeration.
pub struct Enumeration<'a> {
    /// Its name, in the proto as in Rust.
    pub name: String,
    /// AWS's values with their numbers, in the model's order.
    pub values: Vec<(&'a str, i32)>,
}

impl<'a> Plan<'a> {
    /// Plans a service; new members get their numbers from the lock.
    pub fn make(service: &'a Service, lock: &mut Lock) -> Result<Self> {
        let plan = Self { service, calls: Vec::new(), types: Vec::new(), enumerations: Vec::new() };
        let mut planner = Planner { plan, lock, known: BTreeSet::new(), is_input: true };
        // All requests first: a structure that a request holds is validated, whoever else holds it.
        let mut requests = Vec::new();
        for operation in &service.operations {
            requests.push(planner.call(operation, "Request", operation.input.as_deref())?);
        }
        planner.is_input = false;
        for (operation, request) in service.operations.iter().zip(requests) {
            let response = planner.call(operation, "Response", operation.output.as_deref())?;
            planner.plan.calls.extend([request, response]);
        }
        planner.plan.check_names()?;
        Ok(planner.plan)
    }

    /// Every message.
    pub fn messages(&self) -> impl Iterator<Item = &Message<'a>> {
        self.calls.iter().chain(&self.types)
    }

    fn check_names(&self) -> Result<()> {
        let mut names = BTreeSet::new();
        let all = self.messages().map(|message| &message.name).chain(self.enumerations.iter().map(|e| &e.name));
        for name in all {
            ensure!(names.insert(name), "{name} is defined twice in {}", self.service.known.id);
        }
        Ok(())
    }
}

/// Members that hold secrets although the model does not say so: service, structure, member. GetParameter repeats in
/// SourceResult the whole answer of Secrets Manager.
const ALSO_SENSITIVE: [(&str, &str, &str); 1] = [("ssm", "Parameter", "SourceResult")];

struct Planner<'a, 'l> {
    plan: Plan<'a>,
    lock: &'l mut Lock,
    known: BTreeSet<String>,
    is_input: bool,
}

impl<'a> Planner<'a, '_> {
    fn call(&mut self, operation: &Operation, side: &str, shape: Option<&str>) -> Result<Message<'a>> {
        let name = camel(&operation.name) + side;
        let shape = shape.map(|shape| self.plan.service.shape(shape)).transpose()?;
        let comment = format!("{side} of {}.", operation.name);
        self.message(name, shape, comment)
    }

    fn message(&mut self, name: String, shape: Option<Shape<'a>>, comment: String) -> Result<Message<'a>> {
        let mut fields = Vec::new();
        if let Some(structure) = shape {
            for (member, inner) in structure.members() {
                let number = self.number(&name, member);
                fields.push(self.field(structure, member, inner, number)?);
            }
        }
        Ok(Message { name, comment, fields, is_input: self.is_input })
    }

    fn field(&mut self, owner: Shape<'a>, member: &'a str, shape: &str, number: i32) -> Result<Field<'a>> {
        let shape = self.plan.service.shape(shape)?;
        Ok(Field {
            member,
            name: snake(member),
            number,
            shape,
            kind: self.kind(shape)?,
            required: owner.is_required(member),
            deprecated: owner.is_deprecated(member),
            sensitive: self.is_sensitive(shape)? || self.holds_secrets(owner, member),
        })
    }

    fn holds_secrets(&self, owner: Shape<'_>, member: &str) -> bool {
        ALSO_SENSITIVE.contains(&(self.plan.service.known.id, owner.name, member))
    }

    fn number(&mut self, owner: &str, member: &str) -> i32 {
        self.lock.number(&format!("{}.{owner}", self.plan.service.known.id), member)
    }

    fn kind(&mut self, shape: Shape<'a>) -> Result<Kind> {
        let service = self.plan.service;
        Ok(match shape.kind() {
            "string" if !shape.values().is_empty() => Kind::Enumeration(self.enumeration(shape)),
            "string" => Kind::Text,
            "blob" => Kind::Blob,
            "boolean" => Kind::Truth,
            "integer" => Kind::Integer,
            "long" => Kind::Long,
            "timestamp" => Kind::Time,
            "structure" => Kind::Message(self.structure(shape)?),
            "list" => Kind::List(Box::new(self.kind(service.shape(shape.inner("member")?)?)?)),
            "map" => {
                let value = service.shape(shape.inner("value")?)?;
                Kind::Map(Box::new(if value.kind() == "list" { self.wrapper(value)? } else { self.kind(value)? }))
            }
            other => bail!("{} is a {other}, which no message field can be yet", shape.name),
        })
    }

    fn enumeration(&mut self, shape: Shape<'a>) -> String {
        let name = camel(shape.name);
        if self.known.insert(name.clone()) {
            let values = shape.values().into_iter().map(|value| (value, self.number(&name, value))).collect();
            self.plan.enumerations.push(Enumeration { name: name.clone(), values });
        }
        name
    }

    fn structure(&mut self, shape: Shape<'a>) -> Result<String> {
        let name = camel(shape.name);
        if self.known.insert(name.clone()) {
            // The build knows the wrappers of lists by this ending.
            ensure!(!name.ends_with("List"), "{name} is a structure with the name of a wrapper");
            let message = self.message(name.clone(), Some(shape), format!("AWS's structure {}.", shape.name))?;
            self.plan.types.push(message);
        }
        Ok(name)
    }

    /// The message around a list that is a map's value, which protobuf cannot say otherwise. JSON does not show it.
    fn wrapper(&mut self, list: Shape<'a>) -> Result<Kind> {
        ensure!(!self.is_input, "{} is in a request: its validation is not written yet", list.name);
        let name = camel(list.name) + "List";
        if self.known.insert(name.clone()) {
            let kind = self.kind(list)?;
            let sensitive = self.is_sensitive(list)?;
            let number = self.number(&name, "items");
            let (member, name_in_proto) = ("items", "items".to_owned());
            let (required, deprecated) = (false, false);
            let items =
                Field { member, name: name_in_proto, number, shape: list, kind, required, deprecated, sensitive };
            let comment = format!("AWS's list {} as the value of a map.", list.name);
            let message = Message { name: name.clone(), comment, fields: vec![items], is_input: false };
            self.plan.types.push(message);
        }
        Ok(Kind::Message(name))
    }

    fn is_sensitive(&self, shape: Shape<'a>) -> Result<bool> {
        let service = self.plan.service;
        let inner = match shape.kind() {
            "list" => vec![shape.inner("member")?],
            "map" => vec![shape.inner("key")?, shape.inner("value")?],
            _ => vec![],
        };
        for inner in inner {
            if self.is_sensitive(service.shape(inner)?)? {
                return Ok(true);
            }
        }
        Ok(shape.flag("sensitive"))
    }
}
