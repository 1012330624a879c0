//! Secrets are in no file, log or metric of any node. The search is first shown to find them where they are in clear.

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proto::kms::v1::{CreateKeyRequest, DataKeySpec, EncryptRequest, GenerateDataKeyRequest};
use proto::ssm::v1::{GetParameterRequest, ParameterType, PutParameterRequest};
use std::path::{Path, PathBuf};
use tests::{Cluster, Options};

const PARAMETER: &[u8] = b"canary-parameter-8b1c0e5d";
const PLAINTEXT: &[u8] = b"canary-plaintext-2f7a94d1";

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_found_with_sealing_off_and_nowhere_with_sealing_on() -> Result<()> {
    let clear = Cluster::start_with(Options { trace: true, sealing_off: true, ..Options::default() })?;
    let secrets = use_secrets(&clear).await?;
    let found = search(&clear, &secrets).await?;
    for name in ["parameter", "plaintext of a stored ciphertext", "secret access key"] {
        ensure!(found.iter().any(|(what, _)| *what == name), "the search does not find {name}: it proves nothing");
    }
    drop(clear);

    let sealed = Cluster::start_with(Options { trace: true, ..Options::default() })?;
    let secrets = use_secrets(&sealed).await?;
    let found = search(&sealed, &secrets).await?;
    ensure!(found.is_empty(), "in clear: {found:?}");
    Ok(())
}

type Secret = (&'static str, Vec<u8>);

/// Sends secrets through every operation that touches one.
async fn use_secrets(cluster: &Cluster) -> Result<Vec<Secret>> {
    let client = cluster.client(1);
    let key = client.kms().create_key(CreateKeyRequest::default()).await?.into_inner();
    let key_id = key.key_metadata.and_then(|metadata| metadata.key_id);
    let mut request = GenerateDataKeyRequest { key_id: key_id.clone(), ..Default::default() };
    request.set_key_spec(DataKeySpec::Aes256);
    let data_key = client.kms().generate_data_key(request).await?.into_inner();
    let data_key = data_key.plaintext.context("a data key")?.to_vec();

    let request = EncryptRequest { key_id, plaintext: Some(PLAINTEXT.into()), ..Default::default() };
    let blob = client.kms().encrypt(request).await?.into_inner().ciphertext_blob.context("a ciphertext")?;
    // A caller stores ciphertexts where it likes; here, so that its plaintext has a place where it could be found.
    put(&client, "/ciphertext", &STANDARD.encode(&blob), ParameterType::String).await?;

    let parameter = String::from_utf8(PARAMETER.to_vec())?;
    put(&client, "/canary", &parameter, ParameterType::SecureString).await?;
    let request = GetParameterRequest { name: Some("/canary".into()), with_decryption: Some(true) };
    let read = client.ssm().get_parameter(request).await?.into_inner().parameter.and_then(|found| found.value);
    ensure!(read.as_deref() == Some(parameter.as_str()), "the parameter reads back");
    Ok(vec![
        ("parameter", PARAMETER.to_vec()),
        ("plaintext of a stored ciphertext", PLAINTEXT.to_vec()),
        ("data key", data_key),
        ("secret access key", cluster.credentials().1.as_bytes().to_vec()),
    ])
}

async fn put(client: &client::Client, name: &str, value: &str, kind: ParameterType) -> Result<()> {
    let mut request = PutParameterRequest { name: Some(name.into()), value: Some(value.into()), ..Default::default() };
    request.set_type(kind);
    client.ssm().put_parameter(request).await?;
    Ok(())
}

/// Every place where a secret lies in clear, as it is, in hexadecimal, in base64 at each offset, or as Debug prints it.
async fn search(cluster: &Cluster, secrets: &[Secret]) -> Result<Vec<(&'static str, String)>> {
    let mut places: Vec<(String, Vec<u8>)> = Vec::new();
    for path in files(cluster.folder())? {
        // The node writes on while this reads; a file that went away holds nothing.
        places.push((path.display().to_string(), std::fs::read(&path).unwrap_or_default()));
    }
    for zone in cluster.zones() {
        places.push((format!("metrics of {}", zone.name), metrics(&zone.metrics).await?));
    }
    ensure!(places.iter().any(|(name, _)| name.ends_with(".log")), "there is no log to search");
    let mut found = Vec::new();
    for (name, secret) in secrets {
        let forms = forms(secret);
        for (place, content) in &places {
            if forms.iter().any(|form| contains(content, form)) {
                found.push((*name, place.clone()));
            }
        }
    }
    Ok(found)
}

fn forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let hex: String = hex::encode(secret);
    let debug = format!("{secret:?}");
    let mut forms = vec![
        secret.to_vec(),
        hex.to_uppercase().into_bytes(),
        hex.into_bytes(),
        debug.trim_matches(['[', ']']).as_bytes().to_vec(),
    ];
    for offset in 0..3 {
        // Base64 of the secret behind `offset` other bytes, without the characters that those bytes share.
        let padded = [vec![0; offset], secret.to_vec()].concat();
        let text = STANDARD.encode(&padded[..padded.len() - padded.len() % 3]);
        forms.push(text.as_bytes()[if offset == 0 { 0 } else { 4 }..].to_vec());
    }
    forms
}

fn contains(content: &[u8], form: &[u8]) -> bool {
    content.windows(form.len()).any(|window| window == form)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.is_file() {
                files.push(path);
            }
        }
    }
    Ok(files)
}

async fn metrics(endpoint: &str) -> Result<Vec<u8>> {
    use http_body_util::BodyExt as _;
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
        .build_http::<http_body_util::Empty<bytes::Bytes>>();
    let response = client.get(format!("{endpoint}/metrics").parse()?).await?;
    Ok(response.into_body().collect().await?.to_bytes().to_vec())
}
