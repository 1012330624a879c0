//! The tables of operations, enumerations and errors agree with the messages.

use prost::Message;
use prost_types::FileDescriptorSet;
use proto::kms::v1::{EncryptRequest, GrantOperation, KeyState};
use proto::ssm::v1::ParameterTier;
use proto::{Enumeration, FILE_DESCRIPTOR_SET, Operation, errors, operations, service, services};
use std::collections::BTreeSet;

#[test]
fn every_operation_has_its_messages_and_its_rpc() {
    let files = FileDescriptorSet::decode(FILE_DESCRIPTOR_SET).unwrap();
    for service in services() {
        let package = format!("lockstep.{}.v1", service.name);
        let files: Vec<_> = files.file.iter().filter(|file| file.package() == package).collect();
        let messages: BTreeSet<_> =
            files.iter().flat_map(|f| &f.message_type).map(|m| m.name().to_lowercase()).collect();
        let rpcs: BTreeSet<_> =
            files.iter().flat_map(|f| &f.service).flat_map(|s| &s.method).map(|m| m.name()).collect();
        for operation in service.operations {
            let name = operation.name.to_lowercase();
            assert!(messages.contains(&format!("{name}request")), "{name}");
            assert!(messages.contains(&format!("{name}response")), "{name}");
            assert_eq!(rpcs.contains(operation.name), !service.grpc_service.is_empty(), "{name}");
        }
    }
}

#[test]
fn services_are_the_models() {
    for (name, target_prefix, grpc_service, count) in [
        ("kms", "TrentService", "lockstep.kms.v1.KmsService", 56),
        ("ssm", "AmazonSSM", "lockstep.ssm.v1.SsmService", 19),
        ("secretsmanager", "secretsmanager", "lockstep.secretsmanager.v1.SecretsManagerService", 26),
        ("sts", "", "", 11),
    ] {
        let service = service(name).unwrap();
        assert_eq!((service.target_prefix, service.grpc_service), (target_prefix, grpc_service));
        assert_eq!(operations(name).len(), count, "{name}");
    }
    assert!(service("s3").is_none() && operations("s3").is_empty());
    assert_eq!((EncryptRequest::SERVICE, EncryptRequest::NAME), ("kms", "Encrypt"));
}

#[test]
fn enumerations_speak_awss_strings() {
    assert_eq!(KeyState::PendingDeletion.aws_name(), "PendingDeletion");
    assert_eq!(KeyState::Unspecified.aws_name(), "");
    assert_eq!(ParameterTier::from_aws_name("Intelligent-Tiering"), Some(ParameterTier::IntelligentTiering));
    assert_eq!(ParameterTier::from_aws_name("Novel"), None);
    assert_eq!(ParameterTier::from_aws_name(""), None);
    for (number, name) in GrantOperation::NAMES.iter().enumerate().skip(1) {
        let value = GrantOperation::try_from(i32::try_from(number).unwrap()).unwrap();
        assert_eq!((value.aws_name(), GrantOperation::from_aws_name(name)), (*name, Some(value)));
    }
}

#[test]
fn errors_are_the_models() {
    for (service, code, http_status, message_member) in [
        ("kms", "NotFoundException", 400, "message"),
        ("kms", "KMSInternalException", 500, "message"),
        ("kms", "DependencyTimeoutException", 503, "message"),
        ("ssm", "ParameterNotFound", 400, "message"),
        ("ssm", "InternalServerError", 500, "Message"),
        ("secretsmanager", "ResourceNotFoundException", 400, "Message"),
        ("sts", "RegionDisabledException", 403, "message"),
    ] {
        let error = errors::lookup(service, code).unwrap();
        assert_eq!(
            (error.http_status, error.message_member, error.fault),
            (http_status, message_member, http_status >= 500)
        );
    }
    assert!(errors::lookup("kms", "ParameterNotFound").is_none());
    for service in services() {
        assert!(errors::all(service.name).is_sorted_by(|a, b| a.code < b.code), "{}", service.name);
    }
}
