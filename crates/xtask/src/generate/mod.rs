//! The API, defined once: AWS's own model becomes the committed protos and Rust tables.
//!
//! botocore's `service-2.json`, at one pinned version, is read into a [`model::Service`]; [`plan`] decides on messages,
//! enumerations and their numbers (which [`lock`] never lets change); the writers turn the plan into text. AWS's
//! documentation texts are not copied: comments name the constraints.

mod botocore;
mod enumerations;
mod errors;
mod lock;
mod model;
mod names;
mod operations;
mod output;
mod pattern;
mod plan;
mod protos;
mod services;
mod validation;

pub use botocore::model_folder;
pub use model::Service;
pub use services::SERVICES;

use crate::environment::checkout;
use anyhow::Result;
use std::path::Path;

/// Writes the committed protos and tables from the model in `botocore_data`; with `check` only compares.
///
/// # Errors
/// When the model has something that the writers do not know, or, with `check`, when a committed file differs.
pub fn generate(botocore_data: &Path, check: bool) -> Result<()> {
    let checkout = checkout();
    let mut lock = lock::Lock::read(&checkout.join(lock::PATH))?;
    let mut files = output::Files::default();
    let mut service_ids = Vec::new();
    for known in services::SERVICES {
        let service = model::Service::read(botocore_data, known)?;
        let plan = plan::Plan::make(&service, &mut lock)?;
        protos::write(&plan, &lock, &mut files);
        operations::write(&plan, &mut files);
        enumerations::write(&plan, &mut files);
        errors::write(&plan, &mut files);
        validation::write(&plan, &mut files)?;
        output::service_list(known.id, &mut files);
        service_ids.push(known.id);
    }
    output::list_of_services(&service_ids, &mut files);
    files.add(lock::PATH, lock.text());
    files.finish(&checkout, check)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const KNOWN: services::Known =
        services::Known { id: "demo", name: "Demo", model: "", grpc: Some("DemoService"), operations: &[] };

    fn model(members: Value) -> Value {
        json!({
            "metadata": { "apiVersion": "2020-01-01" },
            "operations": { "PutThing": { "input": { "shape": "PutThingInput" } } },
            "shapes": {
                "PutThingInput": { "type": "structure", "required": ["Name"], "members": members },
                "NameType": { "type": "string", "min": 1, "max": 8, "pattern": "\\w+" },
                "Secret": { "type": "blob", "sensitive": true },
                "Color": { "type": "string", "enum": ["Red", "dark-blue"] },
                "Odd": { "type": "map", "key": { "shape": "NameType" }, "value": { "shape": "NameType" } },
            },
        })
    }

    /// The written files of a model, and the list of numbers after it.
    fn written(members: Value, lock: &mut lock::Lock) -> Result<String> {
        let service = model::Service::of(&KNOWN, &model(members))?;
        let plan = plan::Plan::make(&service, lock)?;
        let mut files = output::Files::default();
        protos::write(&plan, lock, &mut files);
        validation::write(&plan, &mut files)?;
        Ok(files.texts().collect::<Vec<_>>().join("\n"))
    }

    #[track_caller]
    fn assert_has(text: &str, expected: &[&str]) {
        for part in expected {
            assert!(text.contains(part), "{part:?} is not in:\n{text}");
        }
    }

    #[test]
    fn a_model_becomes_messages_with_their_constraints() {
        let members =
            json!({ "Name": { "shape": "NameType" }, "Key": { "shape": "Secret" }, "Color": { "shape": "Color" } });
        let text = written(members, &mut lock::Lock::default()).unwrap();
        assert_has(
            &text,
            &[
                "rpc PutThing(PutThingRequest) returns (PutThingResponse);",
                "optional string name = 1 [json_name = \"Name\"];",
                "optional bytes key = 2 [json_name = \"Key\", debug_redact = true];",
                "optional Color color = 3 [json_name = \"Color\"];",
                "COLOR_DARK_BLUE = 2;",
                "// Required. Characters: 1 to 8. Pattern: `\\w+`.",
                "check.required(\"name\", self.name.is_some());",
                "Text::matching(\"\\\\w+\", \"[0-9A-Za-z_]+\").min(1).max(8);",
            ],
        );
    }

    #[test]
    fn a_member_that_left_the_model_is_reserved() {
        let mut lock = lock::Lock::default();
        let both = json!({ "Name": { "shape": "NameType" }, "KeyId": { "shape": "NameType" } });
        written(both, &mut lock).unwrap();
        let other = json!({ "Other": { "shape": "NameType" }, "Name": { "shape": "NameType" } });
        let text = written(other, &mut lock).unwrap();
        assert_has(&text, &["reserved 2;", "reserved \"key_id\";", "string name = 1 ", "string other = 3 "]);
    }

    #[test]
    fn a_constraint_without_a_check_is_an_error() {
        let cause = written(json!({ "Odd": { "shape": "Odd" } }), &mut lock::Lock::default()).unwrap_err();
        assert!(cause.to_string().contains("its check is not written yet"), "{cause}");
    }
}
