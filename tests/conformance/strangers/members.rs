//! What the members of requests name, what else a request needs, and what AWS answers to a stranger.

use super::world::World;
use prost::Message as _;
use prost_types::field_descriptor_proto::Type;
use prost_types::{DescriptorProto, FileDescriptorSet};
use proto::ServiceInfo;
use serde_json::{Value, json};

/// What a member names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A key, in any of its four forms.
    Key,
    /// An alias of the caller's account.
    Alias,
    /// The key that made the ciphertext.
    Ciphertext,
    /// A parameter.
    Parameter,
    /// A list of parameters.
    Parameters,
    /// A level of the caller's parameters.
    Path,
    /// A secret.
    Secret,
    /// A list of secrets.
    Secrets,
    /// No resource.
    Plain,
}

/// One way to name another account's resource, and what AWS answers.
pub(crate) struct Form {
    pub(crate) name: &'static str,
    pub(crate) value: Value,
    /// The same, of something that does not exist: answered alike, so that existence stays untold.
    pub(crate) imagined: Option<Value>,
    /// The codes that AWS refuses it with.
    pub(crate) codes: &'static [&'static str],
    /// Whether the text names something of the caller's own account just as well.
    pub(crate) may_succeed: bool,
}

/// What a member names; `None` where nobody has said it yet.
pub(crate) fn kind(service: &str, member: &str) -> Option<Kind> {
    Some(match (service, member) {
        ("kms", "KeyId" | "TargetKeyId" | "SourceKeyId" | "DestinationKeyId") => Kind::Key,
        ("ssm", "KeyId") | ("secretsmanager", "KmsKeyId") => Kind::Key,
        ("kms", "AliasName") => Kind::Alias,
        ("kms", "CiphertextBlob") => Kind::Ciphertext,
        ("ssm", "Name" | "ResourceId") => Kind::Parameter,
        ("ssm", "Names") => Kind::Parameters,
        ("ssm", "Path") => Kind::Path,
        ("secretsmanager", "SecretId") => Kind::Secret,
        ("secretsmanager", "SecretIdList") => Kind::Secrets,
        // The name of a secret that is to be.
        ("secretsmanager", "Name") => Kind::Plain,
        // Pages of one's own lists; that they are bound to the account is tested where they are made.
        (_, "Marker" | "NextToken") => Kind::Plain,
        // Not offered: an operation refuses them from anybody.
        ("kms", "CustomKeyStoreId" | "XksKeyId" | "Recipient") => Kind::Plain,
        ("secretsmanager", "AddReplicaRegions" | "CrossAccountPrimaryARN") => Kind::Plain,
        ("kms", "Description" | "Plaintext" | "Policy" | "PolicyName" | "GrantTokens" | "Tags" | "TagKeys") => {
            Kind::Plain
        }
        ("kms", "EncryptionContext" | "SourceEncryptionContext" | "DestinationEncryptionContext") => Kind::Plain,
        ("ssm", "Value" | "Description" | "AllowedPattern" | "Policies" | "DataType" | "Labels") => Kind::Plain,
        ("ssm", "Tags" | "TagKeys" | "Filters" | "ParameterFilters") => Kind::Plain,
        ("secretsmanager", "ClientRequestToken" | "RotationToken" | "Description" | "Type" | "Filters") => Kind::Plain,
        ("secretsmanager", "SecretBinary" | "SecretString" | "VersionId" | "VersionStage" | "VersionStages") => {
            Kind::Plain
        }
        ("secretsmanager", "RemoveFromVersionId" | "MoveToVersionId" | "Tags" | "TagKeys") => Kind::Plain,
        ("secretsmanager", "ExcludeCharacters") => Kind::Plain,
        _ => return None,
    })
}

/// What a request needs besides the resources it names.
pub(crate) fn filler(operation: &str, member: &str, own: &World) -> Option<Value> {
    Some(match (operation, member) {
        ("Encrypt", "Plaintext") => json!("eA=="),
        ("GenerateDataKey" | "GenerateDataKeyWithoutPlaintext", "KeySpec") => json!("AES_256"),
        ("GenerateRandom", "NumberOfBytes") => json!(8),
        ("UpdateKeyDescription", "Description") => json!("told by a stranger"),
        ("TagResource", "Tags") if own.is_kms => json!([{"TagKey": "k", "TagValue": "v"}]),
        ("TagResource" | "AddTagsToResource", "Tags") => json!([{"Key": "k", "Value": "v"}]),
        ("UntagResource" | "RemoveTagsFromResource", "TagKeys") => json!(["k"]),
        ("PutParameter", "Value") => json!("told by a stranger"),
        ("PutParameter", "Type") => json!("SecureString"),
        ("PutParameter", "Overwrite") => json!(true),
        ("GetParametersByPath", "Recursive") => json!(true),
        (_, "WithDecryption") => json!(true),
        (_, "Labels") => json!(["stranger"]),
        ("UnlabelParameterVersion", "ParameterVersion") => json!(1),
        (_, "ResourceType") => json!("Parameter"),
        ("CreateSecret", "Name") => json!(own.new_name()),
        ("CreateSecret" | "PutSecretValue" | "UpdateSecret", "SecretString") => json!("told by a stranger"),
        ("CreateSecret" | "PutSecretValue" | "UpdateSecret", "ClientRequestToken") => json!(own.new_token()),
        ("UpdateSecretVersionStage", "VersionStage") => json!("STRANGER"),
        ("UpdateSecretVersionStage", "MoveToVersionId") => json!(own.version_id),
        _ => return None,
    })
}

/// The caller's own resource of this kind.
pub(crate) fn own(operation: &str, kind: Kind, own: &World) -> Value {
    match kind {
        Kind::Key => json!(own.key_arn),
        Kind::Alias if operation == "CreateAlias" => json!(format!("alias/{}", own.new_name())),
        Kind::Alias => json!(own.alias),
        Kind::Ciphertext => json!(own.ciphertext),
        Kind::Parameter => json!(own.parameter),
        Kind::Parameters => json!([own.parameter]),
        Kind::Path => json!("/"),
        Kind::Secret => json!(own.secret_arn),
        Kind::Secrets => json!([own.secret_arn]),
        Kind::Plain => unreachable!("a plain member names nothing"),
    }
}

/// Every way to name what another account owns.
pub(crate) fn forms(service: &str, kind: Kind, owner: &World) -> Vec<Form> {
    let form = |name, value: &str, codes| Form { name, value: json!(value), imagined: None, codes, may_succeed: false };
    let own = |name, value: &str, codes| Form { may_succeed: true, ..form(name, value, codes) };
    let pair = |name, value: &str, imagined: String, codes| Form {
        imagined: Some(json!(imagined)),
        ..form(name, value, codes)
    };
    let listed = |form: Form| Form {
        value: json!([form.value]),
        imagined: form.imagined.map(|imagined| json!([imagined])),
        ..form
    };
    let other_key = owner.key_arn.replace(&owner.key_id, "1234abcd-12ab-34cd-56ef-1234567890ab");
    match kind {
        Kind::Key => {
            let (by_arn, by_name) = codes_of_keys(service);
            let alias_arn = owner.key_arn.replace(&format!("key/{}", owner.key_id), &owner.alias);
            vec![
                pair("key ARN", &owner.key_arn, other_key, by_arn),
                form("alias ARN", &alias_arn, by_name),
                form("key id", &owner.key_id, by_name),
                form("alias name", &owner.alias, by_name),
            ]
        }
        Kind::Alias => vec![
            own("alias name", &owner.alias, &["NotFoundException"]),
            form(
                "alias ARN",
                &owner.key_arn.replace(&format!("key/{}", owner.key_id), &owner.alias),
                &["ValidationException", "InvalidAliasNameException", "NotFoundException"],
            ),
        ],
        Kind::Ciphertext => vec![form("ciphertext", &owner.ciphertext, &["AccessDeniedException"])],
        Kind::Parameter | Kind::Parameters => {
            let arn = &owner.parameter_arn;
            let refused: &[&str] = &["AccessDeniedException", "ValidationException", "InvalidResourceId"];
            let of_reference: &[&str] =
                &["ParameterNotFound", "ValidationException", "InvalidResourceId", "AccessDeniedException"];
            let missing: &[&str] = &["ParameterNotFound", "InvalidResourceId"];
            let reference = format!("/aws/reference/secretsmanager/{}", owner.secret_name);
            let forms = vec![
                pair("ARN", arn, arn.replace("canary", "imagined"), refused),
                own("name", &owner.parameter, missing),
                own("reference", &reference, of_reference),
            ];
            if kind == Kind::Parameter { forms } else { forms.into_iter().map(listed).collect() }
        }
        Kind::Path => vec![
            own("level", "/canary", &[]),
            own("ARN", &owner.parameter_arn, &["ValidationException", "AccessDeniedException"]),
        ],
        Kind::Secret | Kind::Secrets => {
            let arn = &owner.secret_arn;
            let partial = &arn[..arn.len() - "-123456".len()];
            let refused: &[&str] = &["AccessDeniedException", "ResourceNotFoundException"];
            let forms = vec![
                pair("ARN", arn, arn.replace("canary", "imagined"), refused),
                pair("partial ARN", partial, partial.replace("canary", "imagined"), refused),
                form("name", &owner.secret_name, &["ResourceNotFoundException"]),
            ];
            if kind == Kind::Secret { forms } else { forms.into_iter().map(listed).collect() }
        }
        Kind::Plain => Vec::new(),
    }
}

/// A code that one operation has of its own: AWS lets ListAliases look into no other account, and says that nothing is
/// there.
pub(crate) fn is_of_operation(operation: &str, code: &str) -> bool {
    (operation, code) == ("ListAliases", "NotFoundException")
}

/// The codes for keys that are named with their account, and for the others, which are looked for in the caller's own.
fn codes_of_keys(service: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match service {
        "kms" => (&["AccessDeniedException"], &["NotFoundException", "AccessDeniedException", "InvalidArnException"]),
        "ssm" => (&["InvalidKeyId", "AccessDeniedException"], &["InvalidKeyId", "AccessDeniedException"]),
        _ => (
            &["AccessDeniedException"],
            &["AccessDeniedException", "ResourceNotFoundException", "InvalidRequestException", "EncryptionFailure"],
        ),
    }
}

/// The members of an operation's request, each with whether it might name something: text, bytes, or what has parts.
pub(crate) fn members(service: &ServiceInfo, operation: &str) -> Vec<(String, bool)> {
    let set = FileDescriptorSet::decode(proto::FILE_DESCRIPTOR_SET).expect("the build wrote it");
    let package = format!("lockstep.{}.v1", service.name);
    let name = format!("{operation}Request");
    let files = set.file.iter().filter(|file| file.package() == package);
    let named = |message: &&DescriptorProto| message.name().eq_ignore_ascii_case(&name);
    let message = files.flat_map(|file| &file.message_type).find(named).expect("every operation has a request");
    let member = |field: &prost_types::FieldDescriptorProto| {
        let might_name = matches!(field.r#type(), Type::String | Type::Bytes | Type::Message);
        (field.json_name().to_owned(), might_name)
    };
    message.field.iter().map(member).collect()
}
