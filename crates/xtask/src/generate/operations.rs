//! Writes the table of operations and what joins each request to its response.

use super::names::camel;
use super::output::Files;
use super::plan::Plan;
use std::fmt::Write as _;

/// Adds the table of a service.
pub fn write(plan: &Plan<'_>, files: &mut Files) {
    let service = plan.service;
    let id = service.known.id;
    let grpc = service.known.grpc.map(|name| format!("lockstep.{id}.v1.{name}"));
    let mut body = format!(
        "use crate::operation::{{Operation, OperationInfo, ServiceInfo}};\nuse crate::{id}::v1;\n\n\
         pub(crate) static SERVICE: ServiceInfo = ServiceInfo {{ name: {id:?}, target_prefix: {:?}, grpc_service: {:?},\n\
         api_version: {:?}, xml_namespace: {:?}, operations: &OPERATIONS }};\n\n\
         static OPERATIONS: [OperationInfo; {}] = [\n",
        service.metadata("targetPrefix"),
        grpc.unwrap_or_default(),
        service.metadata("apiVersion"),
        service.metadata("xmlNamespace"),
        service.operations.len(),
    );
    for operation in &service.operations {
        let _ = writeln!(body, "OperationInfo {{ name: {:?} }},", operation.name);
    }
    body += "];\n";
    for operation in &service.operations {
        let name = camel(&operation.name);
        let _ = writeln!(
            body,
            "\nimpl Operation for v1::{name}Request {{ type Output = v1::{name}Response; const SERVICE: &'static str = {id:?};\n\
             const NAME: &'static str = {:?}; }}",
            operation.name
        );
    }
    files.add_table(id, "operations", &format!("The operations of {id}."), &body);
}
