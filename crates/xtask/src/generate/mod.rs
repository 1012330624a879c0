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
