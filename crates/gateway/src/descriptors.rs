//! The part of protobuf's descriptors that the gateway reads.
//!
//! `prost-types` does not know the option `debug_redact`, so these few fields are declared here.
//! <https://github.com/protocolbuffers/protobuf/blob/main/src/google/protobuf/descriptor.proto>

/// `FileDescriptorSet`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct FileSet {
    #[prost(message, repeated, tag = "1")]
    pub files: Vec<File>,
}

/// `FileDescriptorProto`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct File {
    #[prost(string, tag = "2")]
    pub package: String,
    #[prost(message, repeated, tag = "4")]
    pub messages: Vec<Message>,
}

/// `DescriptorProto`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Message {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(message, repeated, tag = "2")]
    pub fields: Vec<Field>,
    #[prost(message, repeated, tag = "3")]
    pub nested: Vec<Message>,
}

/// `FieldDescriptorProto`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Field {
    #[prost(enumeration = "prost_types::field_descriptor_proto::Label", tag = "4")]
    pub label: i32,
    #[prost(enumeration = "prost_types::field_descriptor_proto::Type", tag = "5")]
    pub kind: i32,
    #[prost(string, tag = "6")]
    pub type_name: String,
    #[prost(message, optional, tag = "8")]
    pub options: Option<Options>,
    #[prost(string, tag = "10")]
    pub json_name: String,
}

/// `FieldOptions`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Options {
    #[prost(bool, tag = "16")]
    pub debug_redact: bool,
}
