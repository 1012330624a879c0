//! AWS's strings for the enumerations of ssm, by number.
//!
//! Written by `cargo xtask generate` from AWS's model; not edited by hand.

use crate::enumeration::Enumeration;
use crate::ssm::v1;

impl Enumeration for v1::ResourceTypeForTagging {
    const NAMES: &'static [&'static str] = &[
        "",
        "Document",
        "ManagedInstance",
        "MaintenanceWindow",
        "Parameter",
        "PatchBaseline",
        "OpsItem",
        "OpsMetadata",
        "Automation",
        "Association",
        "CloudConnector",
    ];
}

impl Enumeration for v1::DeletionMode {
    const NAMES: &'static [&'static str] = &["", "RemoveSharing", "RollbackMigration"];
}

impl Enumeration for v1::ParametersFilterKey {
    const NAMES: &'static [&'static str] = &["", "Name", "Type", "KeyId"];
}

impl Enumeration for v1::ParameterType {
    const NAMES: &'static [&'static str] = &["", "String", "StringList", "SecureString"];
}

impl Enumeration for v1::ParameterTier {
    const NAMES: &'static [&'static str] = &["", "Standard", "Advanced", "Intelligent-Tiering"];
}
