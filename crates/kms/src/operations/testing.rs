//! What the tests of operations run against: the service in a world of one, with keys to make and use.

mod steps;

use super::{create_key, describe_key, encrypt};
use crate::limits::DAY_MILLIS;
use crate::{Kms, operations};
use proto::kms::v1::{CreateKeyRequest, DescribeKeyRequest, EncryptRequest, EncryptResponse, KeyMetadata};
use regex::Regex;
use service::{Call, Jobs};
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;
use world::Ground;
pub(crate) use world::{ACCOUNT, OTHER_ACCOUNT, call_of};

/// A cluster of one.
pub(crate) struct World(world::World<Kms>);

impl Deref for World {
    type Target = world::World<Kms>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl World {
    /// An empty one.
    pub(crate) fn new() -> Self {
        let ground = Ground::new(&[super::register]);
        let kms = Kms::new(ground.replica(), ground.authority(), ground.vault(), ground.recorder());
        let (kms, mut jobs) = (Arc::new(kms), Jobs::new());
        operations::jobs(&kms, &mut jobs);
        Self(world::World::new(ground, kms, jobs).hiding(hide_ids))
    }

    /// Lets time pass, and has done what is due by then.
    pub(crate) fn pass_days(&self, days: u64) {
        self.pass_millis(days * DAY_MILLIS);
    }

    /// A call on the caller's behalf.
    pub(crate) fn call_through(&self, service: &str) -> Call {
        self.call(ACCOUNT).through(service, 0)
    }

    /// Makes a key; its id.
    pub(crate) fn create_key(&self) -> String {
        self.create_key_as(&self.call(ACCOUNT))
    }

    /// Makes a key of the caller's account; its id.
    pub(crate) fn create_key_as(&self, call: &Call) -> String {
        let answer = self.run_as(call, create_key::run, CreateKeyRequest::default()).expect("made");
        answer.key_metadata.and_then(|key| key.key_id).expect("a key has an id")
    }

    /// What a key is.
    pub(crate) fn describe(&self, key_id: &str) -> KeyMetadata {
        let request = DescribeKeyRequest { key_id: Some(key_id.to_owned()), ..DescribeKeyRequest::default() };
        self.run(describe_key::run, request).expect("described").key_metadata.expect("given")
    }

    /// A ciphertext blob.
    pub(crate) fn encrypt(&self, key_id: &str, plaintext: &[u8], context: &BTreeMap<String, String>) -> Vec<u8> {
        let request = encrypt_request(key_id, plaintext, context);
        blob(self.run(encrypt::run, request).expect("encrypted"))
    }

    /// A ciphertext blob without context, made by `call`.
    pub(crate) fn encrypt_as(&self, call: &Call, key_id: &str, plaintext: &[u8]) -> Vec<u8> {
        blob(self.run_as(call, encrypt::run, encrypt_request(key_id, plaintext, &context(&[]))).expect("encrypted"))
    }

    /// A ciphertext blob, made by a service on the caller's behalf.
    pub(crate) fn encrypt_through(
        &self,
        service: &str,
        key_id: &str,
        plaintext: &[u8],
        context: &BTreeMap<String, String>,
    ) -> Vec<u8> {
        self.describe(key_id);
        let request = encrypt_request(key_id, plaintext, context);
        blob(self.service().encrypt(&self.tables(), &self.call_through(service), &request).expect("encrypted"))
    }
}

/// An encryption context.
pub(crate) fn context(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn encrypt_request(key_id: &str, plaintext: &[u8], context: &BTreeMap<String, String>) -> EncryptRequest {
    EncryptRequest {
        key_id: Some(key_id.to_owned()),
        plaintext: Some(plaintext.to_vec().into()),
        encryption_context: context.clone(),
        ..EncryptRequest::default()
    }
}

fn blob(answer: EncryptResponse) -> Vec<u8> {
    answer.ciphertext_blob.expect("a blob").into()
}

/// A text with ids of keys and of their material hidden.
fn hide_ids(text: &str) -> String {
    let uuid = Regex::new("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").expect("a pattern");
    let material = Regex::new("[0-9a-f]{64}").expect("a pattern");
    let text = uuid.replace_all(text, "<key id>");
    material.replace_all(&text, "<material id>").into_owned()
}
