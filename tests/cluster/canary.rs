//! Secrets are in no file, log or metric of any node, and after the time for which keys stay open in no node's memory. Each
//! search is first shown to find them where they are in clear.

mod memory;
mod places;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use places::{Secret, search};
use proto::kms::v1::{CreateKeyRequest, DataKeySpec, EncryptRequest, GenerateDataKeyRequest};
use proto::ssm::v1::{GetParameterRequest, ParameterType, PutParameterRequest};
use serde_json::{Value, json};
use std::time::Duration;
use tests::{Cluster, Options, Wire, until};

const PARAMETER: &str = "canary-parameter-8b1c0e5d6f2349a7";
const PLAINTEXT: &str = "canary-plaintext-2f7a94d1c05be863";
const SECRET: &str = "canary-secret-5d3e9b70a1f84c26";
const BINARY: &str = "canary-binary-c94f17e82ab6d035";
const REFUSED: &str = "canary-refused-71e6d2098fb45ac3";
const UNSIGNED: &str = "canary-unsigned-e02b6ac5d79f1384";

/// Longer than keys stay open on a node without traffic: 30 s, and 5 s between sweeps; and as long again for a busy machine.
const IDLE: Duration = Duration::from_secs(80);

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_found_with_sealing_off_and_nowhere_with_sealing_on() -> Result<()> {
    let mut clear = Cluster::start_with(Options { trace: true, sealing_off: true, ..Options::default() })?;
    let secrets = use_secrets(&clear).await?;
    // A database that is opened writes what its log holds into tables: values compressed, and in blocks.
    ensure!(clear.terminate(0)?, "the node ends well");
    clear.run(0)?;
    clear.wait_ready(0)?;
    let found = search(&clear, &secrets).await?;
    for name in ["parameter", "plaintext of a stored ciphertext", "secret access key", "secret"] {
        ensure!(found.iter().any(|(what, _)| *what == name), "the search does not find {name}: it proves nothing");
    }
    let in_a_table = found.iter().any(|(_, place)| place.ends_with(".sst"));
    ensure!(in_a_table, "the search finds nothing in tables: it proves nothing there: {found:?}");
    drop(clear);

    let mut sealed = Cluster::start_with(Options { trace: true, ..Options::default() })?;
    let secrets = use_secrets(&sealed).await?;
    let found = search(&sealed, &secrets).await?;
    ensure!(found.is_empty(), "in clear: {found:?}");
    ensure!(sealed.terminate(0)?, "the node ends well");
    sealed.run(0)?;
    sealed.wait_ready(0)?;
    let found = search(&sealed, &secrets).await?;
    ensure!(found.is_empty(), "in clear after a restart: {found:?}");
    Ok(())
}

/// What was sent and answered is in a node's memory while it is worked on. Afterwards it is not, and the key that stays is
/// where no swap gets it.
#[tokio::test(flavor = "multi_thread")]
async fn memory_forgets_values_and_keeps_keys_in_locked_pages() -> Result<()> {
    let seal = std::array::from_fn(|place| u8::try_from(place * 7 % 251).expect("small") ^ 0xa5);
    let cluster = Cluster::start_with(Options { trace: true, seal: Some(seal), ..Options::default() })?;
    let secrets = use_secrets(&cluster).await?;
    for pid in cluster.pids() {
        let kept = memory::find(pid, &seal)?;
        ensure!(!kept.is_empty(), "the key of the seal is not found in {pid}: the search proves nothing");
        let loose: Vec<_> = kept.iter().filter(|found| !found.is_locked).map(|found| &found.mapping).collect();
        ensure!(loose.is_empty(), "the key of the seal lies in pages that may be swapped: {loose:?}");
    }
    let mut left = Vec::new();
    let forgotten = until("memory has forgotten", IDLE, || {
        left = memory::count(&cluster, &secrets).ok()?;
        left.is_empty().then_some(())
    });
    forgotten.with_context(|| format!("still there: {left:?}"))?;
    ensure!(memory::locked_bytes(cluster.pids()[0])? >= 512 << 10, "the memory of keys is not locked");
    Ok(())
}

/// Sends secrets through every operation that touches one, on both wires, refusals included.
async fn use_secrets(cluster: &Cluster) -> Result<Vec<Secret>> {
    let client = cluster.client(1);
    let key = client.kms().create_key(CreateKeyRequest::default()).await?.into_inner();
    let key_id = key.key_metadata.and_then(|metadata| metadata.key_id).context("a key")?;
    let mut request = GenerateDataKeyRequest { key_id: Some(key_id.clone()), ..Default::default() };
    request.set_key_spec(DataKeySpec::Aes256);
    let data_key = client.kms().generate_data_key(request).await?.into_inner();
    let data_key = data_key.plaintext.context("a data key")?.to_vec();

    let plaintext = Some(PLAINTEXT.into());
    let request = EncryptRequest { key_id: Some(key_id.clone()), plaintext, ..Default::default() };
    let blob = client.kms().encrypt(request).await?.into_inner().ciphertext_blob.context("a ciphertext")?;
    // A caller stores ciphertexts where it likes; here, so that its plaintext has a place where it could be found.
    put(&client, "/ciphertext", &STANDARD.encode(&blob), ParameterType::String).await?;

    put(&client, "/canary", PARAMETER, ParameterType::SecureString).await?;
    let request = GetParameterRequest { name: Some("/canary".into()), with_decryption: Some(true) };
    let read = client.ssm().get_parameter(request).await?.into_inner().parameter.and_then(|found| found.value);
    ensure!(read.as_deref() == Some(PARAMETER), "the parameter reads back");
    let wire = Wire::new(&cluster.zones()[2].endpoint, cluster.region(), cluster.credentials());
    let drawn = over_json(&wire, &key_id, &STANDARD.encode(&blob)).await?;
    refusals(cluster, &wire).await?;
    Ok(vec![
        ("parameter", PARAMETER.into()),
        ("plaintext of a stored ciphertext", PLAINTEXT.into()),
        ("secret", SECRET.into()),
        ("binary secret", BINARY.into()),
        ("value of a refused call", REFUSED.into()),
        ("value of a call with a wrong signature", UNSIGNED.into()),
        ("data key", data_key),
        ("data key over JSON", drawn.0),
        ("random bytes", drawn.1),
        ("secret access key", cluster.credentials().1.into()),
    ])
}

/// The same over AWS JSON, and secrets; a data key and random bytes that were drawn.
async fn over_json(wire: &Wire, key_id: &str, blob: &str) -> Result<(Vec<u8>, Vec<u8>)> {
    let binary = STANDARD.encode(BINARY);
    let [first, second] = [1, 2].map(|number| format!("{number:032}"));
    let mut drawn = Vec::new();
    for (service, operation, body) in [
        ("kms", "GenerateDataKey", json!({"KeyId": key_id, "KeySpec": "AES_256"})),
        ("kms", "GenerateRandom", json!({"NumberOfBytes": 32})),
        ("kms", "Decrypt", json!({"CiphertextBlob": blob})),
        ("kms", "ReEncrypt", json!({"CiphertextBlob": blob, "DestinationKeyId": key_id})),
        (
            "secretsmanager",
            "CreateSecret",
            json!({"Name": "canary", "SecretString": SECRET, "ClientRequestToken": first}),
        ),
        ("secretsmanager", "GetSecretValue", json!({"SecretId": "canary"})),
        (
            "secretsmanager",
            "PutSecretValue",
            json!({"SecretId": "canary", "SecretBinary": binary, "ClientRequestToken": second}),
        ),
        ("secretsmanager", "BatchGetSecretValue", json!({"SecretIdList": ["canary"]})),
        ("ssm", "GetParametersByPath", json!({"Path": "/", "WithDecryption": true})),
        ("ssm", "GetParameterHistory", json!({"Name": "/canary", "WithDecryption": true})),
    ] {
        let answer = wire.ask(service, operation, body).await?;
        let answer = answer.map_err(|refusal| anyhow::anyhow!("{operation}: {refusal:?}"))?;
        if operation.starts_with("Generate") {
            drawn.push(STANDARD.decode(answer["Plaintext"].as_str().context("a plaintext")?)?);
        }
    }
    let [data_key, random] = <[Vec<u8>; 2]>::try_from(drawn).ok().context("two draws")?;
    Ok((data_key, random))
}

/// Calls that are refused at each step: signature, form, model, permission, state.
async fn refusals(cluster: &Cluster, wire: &Wire) -> Result<()> {
    let encoded = STANDARD.encode(REFUSED);
    let no_key = "1234abcd-12ab-34cd-56ef-1234567890ab";
    let rows: [(&str, &str, Value); 6] = [
        ("kms", "Encrypt", json!({"KeyId": no_key, "Plaintext": encoded})),
        ("kms", "Encrypt", json!({"KeyId": no_key, "Plaintext": {"a": REFUSED}})),
        ("kms", "Decrypt", json!({"CiphertextBlob": encoded})),
        ("ssm", "PutParameter", json!({"Name": "/canary", "Value": REFUSED, "Type": "SecureString"})),
        ("ssm", "PutParameter", json!({"Name": "/x", "Value": REFUSED, "Type": "Nonsense"})),
        (
            "secretsmanager",
            "CreateSecret",
            json!({"Name": "canary", "SecretString": REFUSED, "ClientRequestToken": "3".repeat(32)}),
        ),
    ];
    for (service, operation, body) in rows {
        ensure!(wire.ask(service, operation, body).await?.is_err(), "{operation} is refused");
    }
    let (access_key_id, _) = cluster.credentials();
    let forger = Wire::new(&cluster.zones()[0].endpoint, cluster.region(), (access_key_id, "wrong"));
    let body = json!({"Name": "/forged", "Value": UNSIGNED, "Type": "SecureString"});
    ensure!(forger.ask("ssm", "PutParameter", body).await?.is_err(), "a wrong signature is refused");
    Ok(())
}

async fn put(client: &client::Client, name: &str, value: &str, kind: ParameterType) -> Result<()> {
    let mut request = PutParameterRequest { name: Some(name.into()), value: Some(value.into()), ..Default::default() };
    request.set_type(kind);
    client.ssm().put_parameter(request).await?;
    Ok(())
}
