//! The node's end of the admin socket.

use crate::lifecycle::birth::Choice;
use crate::lifecycle::member::{Member, hand_over};
use crate::lifecycle::server::Shell;
use crate::membership::dial::dial;
use crate::membership::token::{Claims, JoinToken};
use crate::messages::v1::admin_service_server::{AdminService, AdminServiceServer};
use crate::messages::v1::{
    CreateJoinTokenRequest, CreateJoinTokenResponse, CreateRootCredentialRequest, CreateRootCredentialResponse,
    Credential, HandOverRequest, InitRequest, InitResponse, JoinRequest, JoinResponse, ListQuotasRequest,
    ListQuotasResponse, NodeRecord, RebuildRequest, RebuildResponse, RemoveRequest, RemoveResponse,
    RenewNodeCertificateRequest, RenewNodeCertificateResponse, RestoreSnapshotRequest, RestoreSnapshotResponse,
    RotateKeyringRequest, RotateKeyringResponse, SaveSnapshotRequest, SetQuotaProfileRequest, SetQuotaProfileResponse,
    SetQuotaRequest, SetQuotaResponse, StatusRequest, StatusResponse, TransferRequest, TransferResponse,
};
use crate::{Folder, NodeError, disk::backup, limits, membership::records};
use crypto::sha256;
use raft::PeerName;
use replica::{AccountId, NodeId, Replica as _};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UnixListener;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::UnixListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

struct Admin(Arc<Shell>);

/// Serves the socket until `stop`.
///
/// # Errors
/// When the socket cannot be made.
pub(crate) fn serve(shell: Arc<Shell>, stop: CancellationToken) -> Result<JoinHandle<()>, NodeError> {
    let path = shell.folder.admin_socket();
    // A socket outlives its process. The folder's lock says that this one's is gone.
    Folder::remove(&path)?;
    if path.as_os_str().len() > limits::SOCKET_PATH_BYTES_MAX {
        let reason = format!("the path of a socket has at most {} bytes", limits::SOCKET_PATH_BYTES_MAX);
        return Err(NodeError::Folder { path, reason });
    }
    let listener = UnixListener::bind(&path).map_err(NodeError::file("cannot listen on", &path))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))
        .map_err(NodeError::file("cannot protect", &path))?;
    let server = tonic::transport::Server::builder()
        .add_service(AdminServiceServer::new(Admin(shell)))
        .serve_with_incoming_shutdown(UnixListenerStream::new(listener), stop.cancelled_owned());
    Ok(tokio::spawn(async move {
        if let Err(cause) = server.await {
            tracing::error!(%cause, "the admin socket failed");
        }
        let _ = Folder::remove(&path);
    }))
}

#[tonic::async_trait]
impl AdminService for Admin {
    async fn init(&self, request: Request<InitRequest>) -> Result<Response<InitResponse>, Status> {
        let InitRequest { dev, account } = request.into_inner();
        let account = parse_account(&account)?;
        let shell = self.0.clone();
        // A birth goes on to its end when the operator hangs up: half of one is of no use.
        finish(async move { shell.init(Choice { dev, account }).await }).await
    }

    async fn join(&self, request: Request<JoinRequest>) -> Result<Response<JoinResponse>, Status> {
        let token = request.into_inner().token;
        let shell = self.0.clone();
        finish(async move { shell.join(&token).await }).await
    }

    async fn rebuild(&self, _request: Request<RebuildRequest>) -> Result<Response<RebuildResponse>, Status> {
        let shell = self.0.clone();
        finish(async move { shell.rebuild().await }).await
    }

    async fn create_join_token(
        &self,
        request: Request<CreateJoinTokenRequest>,
    ) -> Result<Response<CreateJoinTokenResponse>, Status> {
        let CreateJoinTokenRequest { valid_seconds, replaces } = request.into_inner();
        let response = self.member()?.join_token(valid_seconds, replaces).map_err(refusal)?;
        Ok(Response::new(response))
    }

    async fn create_root_credential(
        &self,
        request: Request<CreateRootCredentialRequest>,
    ) -> Result<Response<CreateRootCredentialResponse>, Status> {
        let account = parse_account(&request.get_ref().account)?;
        let credential = self.member()?.root_credential(&account).await.map_err(refusal)?;
        Ok(Response::new(CreateRootCredentialResponse { credential: Some(credential) }))
    }

    async fn status(&self, _request: Request<StatusRequest>) -> Result<Response<StatusResponse>, Status> {
        let mut status = self.0.status();
        if let (Some(member), Some(membership)) = (self.0.member(), &mut status.membership) {
            membership.voters = member.voters().await;
        }
        Ok(Response::new(status))
    }

    async fn transfer(&self, request: Request<TransferRequest>) -> Result<Response<TransferResponse>, Status> {
        let leader = self.member()?.transfer(request.get_ref().node_id).await.map_err(refusal)?;
        Ok(Response::new(TransferResponse { leader_id: leader.0 }))
    }

    async fn rotate_keyring(
        &self,
        _request: Request<RotateKeyringRequest>,
    ) -> Result<Response<RotateKeyringResponse>, Status> {
        let version = self.member()?.rotate_keyring().await.map_err(refusal)?;
        Ok(Response::new(RotateKeyringResponse { version }))
    }

    async fn remove(&self, request: Request<RemoveRequest>) -> Result<Response<RemoveResponse>, Status> {
        let RemoveRequest { node_id, force } = request.into_inner();
        self.member()?.remove(NodeId(node_id), force).await.map_err(refusal)?;
        Ok(Response::new(RemoveResponse {}))
    }

    async fn list_quotas(&self, request: Request<ListQuotasRequest>) -> Result<Response<ListQuotasResponse>, Status> {
        let account = parse_account(&request.get_ref().account)?;
        let listed = self.member()?.list_quotas(&account).await.map_err(refusal)?;
        Ok(Response::new(listed))
    }

    async fn set_quota(&self, request: Request<SetQuotaRequest>) -> Result<Response<SetQuotaResponse>, Status> {
        let SetQuotaRequest { account, name, limit } = request.into_inner();
        let account = parse_account(&account)?;
        self.member()?.set_quota(&account, &name, limit).await.map_err(refusal)?;
        Ok(Response::new(SetQuotaResponse {}))
    }

    async fn set_quota_profile(
        &self,
        request: Request<SetQuotaProfileRequest>,
    ) -> Result<Response<SetQuotaProfileResponse>, Status> {
        self.member()?.set_quota_profile(&request.get_ref().profile).await.map_err(refusal)?;
        Ok(Response::new(SetQuotaProfileResponse {}))
    }

    type SaveSnapshotStream = backup::Pieces;

    async fn save_snapshot(
        &self,
        _request: Request<SaveSnapshotRequest>,
    ) -> Result<Response<Self::SaveSnapshotStream>, Status> {
        let pieces = backup::save(self.member()?.clone()).await.map_err(refusal)?;
        Ok(Response::new(pieces))
    }

    async fn restore_snapshot(
        &self,
        request: Request<Streaming<RestoreSnapshotRequest>>,
    ) -> Result<Response<RestoreSnapshotResponse>, Status> {
        let (shell, mut pieces) = (self.0.clone(), request.into_inner());
        let force = pieces.message().await?.is_some_and(|first| first.force);
        // As a birth, once the file has come: half of it is of no use.
        finish(async move { shell.restore(force, pieces).await }).await
    }

    async fn renew_certificate(
        &self,
        _request: Request<RenewNodeCertificateRequest>,
    ) -> Result<Response<RenewNodeCertificateResponse>, Status> {
        let ends_at = self.member()?.renew_certificate().await.map_err(refusal)?;
        Ok(Response::new(RenewNodeCertificateResponse { ends_at }))
    }
}

impl Admin {
    fn member(&self) -> Result<&Arc<Member>, Status> {
        let empty = "this node belongs to no cluster; use init or join";
        self.0.member().ok_or_else(|| Status::failed_precondition(empty))
    }
}

async fn finish<T: Send + 'static>(
    work: impl Future<Output = Result<T, NodeError>> + Send + 'static,
) -> Result<Response<T>, Status> {
    let done = tokio::spawn(work).await.map_err(|_| Status::internal("the node failed; see its log"))?;
    done.map(Response::new).map_err(refusal)
}

fn parse_account(text: &str) -> Result<AccountId, Status> {
    text.parse().map_err(|_| Status::invalid_argument("an account is twelve digits"))
}

fn refusal(cause: NodeError) -> Status {
    tracing::warn!(%cause, "refused an operator");
    Status::failed_precondition(cause.to_string())
}

impl Member {
    /// Makes an access key for the root of an account.
    pub(crate) async fn root_credential(&self, account: &AccountId) -> Result<Credential, NodeError> {
        let made = self.iam.create_root_credential(account).await;
        let made = made.map_err(|cause| NodeError::Refused(cause.to_string()))?;
        let secret = std::str::from_utf8(made.secret.expose_secret()).expect("a secret access key is ASCII");
        Ok(Credential {
            account: account.to_string(),
            access_key_id: made.access_key_id.to_string(),
            secret_access_key: secret.to_owned(),
        })
    }

    fn join_token(&self, valid_seconds: u64, replaces: u64) -> Result<CreateJoinTokenResponse, NodeError> {
        let belongs = |record: NodeRecord| record.belongs();
        if replaces != 0 && !records::node(&self.node.local(), NodeId(replaces)).is_some_and(belongs) {
            return Err(NodeError::Refused(format!("there is no node {replaces}")));
        }
        let valid = match valid_seconds {
            0 => limits::TOKEN_DEFAULT,
            seconds => Duration::from_secs(seconds),
        };
        if valid > limits::TOKEN_MAX {
            let text = format!("a join token is good for at most {} seconds", limits::TOKEN_MAX.as_secs());
            return Err(NodeError::Refused(text));
        }
        let millis = u64::try_from(valid.as_millis()).expect("a week in milliseconds fits");
        let expires_at = self.clock.now().plus_millis(millis);
        let claims = Claims { token_id: crypto::random_bytes(), expires_at, replaces };
        let secret = claims.seal(&self.vault, self.cluster())?;
        let peers = self.node.members().into_iter().map(|member| member.peer_addr).collect();
        let ca_fingerprint = sha256(&self.identity.ca_certificate);
        let token = JoinToken { peers, ca_fingerprint, secret, dev: self.identity.dev };
        Ok(CreateJoinTokenResponse { token: token.to_text(), expires_at: expires_at.as_millis() })
    }

    /// Hands leadership over, from whichever node the operator asks.
    pub(crate) async fn transfer(&self, to: u64) -> Result<NodeId, NodeError> {
        let leader = self.node.leader().ok_or_else(|| NodeError::Refused("no leader is known".to_owned()))?;
        if leader.0 == to {
            return Ok(leader);
        }
        if leader == self.identity.node {
            return Ok(hand_over(&self.node, to).await?);
        }
        let found = self.others().into_iter().find(|member| member.id() == leader);
        let found = found.ok_or_else(|| NodeError::Refused("the leader is of no known member".to_owned()))?;
        let name = PeerName { node: leader, cluster: self.cluster() };
        let mut peer = dial(&found.peer_addr, &name.to_string(), self.client_tls()).await?;
        let reply = peer.hand_over(HandOverRequest { node_id: to }).await;
        let reply = reply.map_err(|status| NodeError::peer(&found.name, status.message()))?;
        Ok(NodeId(reply.into_inner().leader_id))
    }
}
