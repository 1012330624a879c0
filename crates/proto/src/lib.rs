//! The public API, generated: messages, gRPC services, and the AWS JSON form of the same messages.

/// An operation, named by its request message.
pub trait Operation: prost::Message + Default + Clone + Send + Sync + 'static {
    /// What the operation answers.
    type Output: prost::Message + Default + Clone + Send + Sync + 'static;
    /// The service as in IAM actions and signatures, such as `kms`.
    const SERVICE: &'static str;
    /// The operation as AWS spells it, such as `CreateKey`.
    const NAME: &'static str;
}
