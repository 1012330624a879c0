//! `lockstep operator`: what only the owner of a node's data folder may do, asked through the socket in it.

mod quota;
mod snapshot;

use crate::cli::{CredentialTask, Operator, SnapshotTask, Task};
use crate::output::{Output, say, say_json, table};
use crate::status::socket_of;
use anyhow::{Context as _, Result, bail};
use node::admin::AdminClient;
use node::v1::{
    CreateJoinTokenRequest, CreateRootCredentialRequest, Credential, InitRequest, JoinRequest, RebuildRequest,
    RemoveRequest, RenewNodeCertificateRequest, RotateKeyringRequest, TransferRequest,
};
use serde_json::{Value, json};
use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

/// The longest token that is read from a file or from standard input.
const TOKEN_BYTES_MAX: u64 = 64 * 1024;

/// Does one task and prints what came of it.
pub fn run(arguments: Operator) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answer = match &arguments.task {
        Task::SealKey { file } => {
            node::make_seal_key(file)?;
            json!({ "file": file })
        }
        Task::Snapshot { task: SnapshotTask::Inspect { file } } => snapshot::describe(file)?,
        task => runtime.block_on(ask(&socket_of(&arguments.node), task))?,
    };
    match arguments.output {
        Output::Json => say_json(&answer),
        Output::Table => match arguments.task {
            Task::Quota { task: None, .. } => say(&quota::columns(&answer)),
            _ => say(&lines(&answer)),
        },
    }
    Ok(ExitCode::SUCCESS)
}

async fn ask(socket: &Path, task: &Task) -> Result<Value> {
    let mut node = node::admin::connect(socket).await?;
    match task {
        Task::Init { account, dev } => init(&mut node, account, *dev).await,
        Task::Token { valid_seconds } => token(&mut node, *valid_seconds, 0).await,
        Task::Replace { id, valid_seconds } => token(&mut node, *valid_seconds, *id).await,
        Task::Join { token, token_file } => {
            let token = read_token(token.as_deref(), token_file.as_deref())?;
            let joined = node.join(JoinRequest { token }).await.map_err(refused)?.into_inner();
            Ok(json!({ "cluster_id": joined.cluster_id, "node_id": joined.node_id }))
        }
        Task::Credential { task: CredentialTask::Create { account } } => {
            let request = CreateRootCredentialRequest { account: account.clone() };
            let made = node.create_root_credential(request).await.map_err(refused)?.into_inner();
            Ok(credential(&made.credential.context("the node sent no credential")?))
        }
        Task::Quota { account, task } => quota::run(&mut node, account.as_deref(), task.as_ref()).await,
        Task::Transfer { to } => {
            let request = TransferRequest { node_id: to.unwrap_or(0) };
            let leader = node.transfer(request).await.map_err(refused)?.into_inner().leader_id;
            Ok(json!({ "leader_id": leader }))
        }
        Task::RotateKeyring => {
            let version = node.rotate_keyring(RotateKeyringRequest {}).await.map_err(refused)?.into_inner().version;
            Ok(json!({ "keyring_version": version }))
        }
        Task::RenewCertificate => {
            let renewed = node.renew_certificate(RenewNodeCertificateRequest {}).await.map_err(refused)?;
            Ok(json!({ "ends_at": renewed.into_inner().ends_at }))
        }
        Task::Snapshot { task } => snapshot::run(&mut node, task).await,
        Task::Rebuild => {
            let rebuilt = node.rebuild(RebuildRequest {}).await.map_err(refused)?.into_inner();
            Ok(json!({ "node_id": rebuilt.node_id, "replaces": rebuilt.replaces }))
        }
        Task::Remove { id, force } => {
            node.remove(RemoveRequest { node_id: *id, force: *force }).await.map_err(refused)?;
            Ok(json!({ "removed": id }))
        }
        Task::SealKey { .. } => unreachable!("a seal's key is made without a node"),
    }
}

async fn token(node: &mut AdminClient, valid_seconds: u64, replaces: u64) -> Result<Value> {
    let request = CreateJoinTokenRequest { valid_seconds, replaces };
    let made = node.create_join_token(request).await.map_err(refused)?.into_inner();
    Ok(json!({ "token": made.token, "expires_at_ms": made.expires_at }))
}

async fn init(node: &mut AdminClient, account: &str, dev: bool) -> Result<Value> {
    let request = InitRequest { dev, account: account.to_owned() };
    let born = node.init(request).await.map_err(refused)?.into_inner();
    let mut answer = json!({ "cluster_id": born.cluster_id, "node_id": born.node_id, "region": born.region });
    if let Some(made) = born.root_credential {
        answer.as_object_mut().expect("an object").extend(
            credential(&made).as_object().expect("an object").iter().map(|(name, value)| (name.clone(), value.clone())),
        );
    }
    Ok(answer)
}

fn credential(made: &Credential) -> Value {
    json!({
        "account": made.account,
        "access_key_id": made.access_key_id,
        "secret_access_key": made.secret_access_key,
    })
}

/// The node's own words, without gRPC's around them.
fn refused(status: tonic::Status) -> anyhow::Error {
    anyhow::anyhow!("{}", status.message())
}

fn read_token(given: Option<&str>, file: Option<&Path>) -> Result<String> {
    if let Some(token) = given {
        return Ok(token.to_owned());
    }
    let mut token = String::new();
    match file {
        Some(path) => std::fs::File::open(path)
            .and_then(|file| file.take(TOKEN_BYTES_MAX).read_to_string(&mut token))
            .with_context(|| format!("cannot read {}", path.display()))?,
        None => std::io::stdin().lock().take(TOKEN_BYTES_MAX).read_to_string(&mut token)?,
    };
    if token.trim().is_empty() {
        bail!("there is no token on standard input; use --token-file or --token");
    }
    Ok(token)
}

fn lines(answer: &Value) -> String {
    let fields = answer.as_object().expect("answers are objects");
    let row = |(name, value): (&String, &Value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        [name.clone(), value]
    };
    table(&[], fields.iter().map(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_from_the_line_or_from_a_file() {
        let temp = tempfile::tempdir().expect("temp");
        let file = temp.path().join("token");
        std::fs::write(&file, "from a file\n").expect("written");
        assert_eq!(read_token(Some("given"), None).expect("read"), "given");
        assert_eq!(read_token(None, Some(&file)).expect("read"), "from a file\n");
        std::fs::write(&file, " \n").expect("written");
        assert!(read_token(None, Some(&file)).is_err(), "empty");
    }
}
