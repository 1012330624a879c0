//! Hands a request to the verifier in the terms that a signature covers.

use crate::Gateway;
use crate::admission::Holder;
use crate::arrival::Arrival;
use crate::failure::Failure;
use crate::message::Form;
use crate::registry::Services;
use access::{AuthError, PayloadHash, SignedRequest, Verified};
use replica::{Region, Timestamp, View};
use service::Fault;

/// What a client writes where the payload's hash would be, when it does not sign the payload.
const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// Who signed the request. A refusal that hangs on what this node knows of the access key is final behind a read barrier
/// only: the key may have been made a moment ago on another node. An unknown key and a wrong secret both wait for it, so
/// that time does not tell which ids exist; it costs strangers alone, who share its rounds.
///
/// # Errors
/// [`AuthError`] as an AWS error, or ServiceUnavailableException when no barrier is to be had.
pub(crate) async fn verify(
    gateway: &Gateway,
    services: &Services,
    arrival: &Arrival,
    now: Timestamp,
) -> Result<Verified, Failure> {
    match verify_in(&*services.replica.local(), services, arrival, now) {
        Err(AuthError::UnknownKey | AuthError::Mismatch) => {}
        Err(AuthError::Scope { mut faults }) => {
            faults.extend(advice(arrival, gateway, services));
            return Err(AuthError::Scope { faults }.into());
        }
        settled => return settled.map_err(Failure::from),
    }
    let _place = gateway.admission.enter(Holder::Strangers).await.map_err(|_| Failure::throttled())?;
    let view = services.replica.read().await.map_err(Fault::from)?;
    Ok(verify_in(&*view, services, arrival, now)?)
}

fn verify_in(view: &dyn View, services: &Services, arrival: &Arrival, now: Timestamp) -> Result<Verified, AuthError> {
    let headers = headers(arrival);
    let request = SignedRequest {
        method: arrival.head.method.as_str(),
        path: arrival.head.uri.path(),
        query: arrival.head.uri.query().unwrap_or_default(),
        headers: &headers,
        payload: payload(arrival, view),
        service: arrival.target.service(),
    };
    services.verifier.verify(view, &request, now)
}

/// The access key that the request claims, and the Region of its scope.
pub(crate) fn claim(arrival: &Arrival) -> Option<(&str, &str)> {
    claimed(arrival.header("authorization")?)
}

/// The same, of the text of the header `Authorization`.
pub(crate) fn claimed(authorization: &str) -> Option<(&str, &str)> {
    let (_, credential) = authorization.split_once("Credential=")?;
    let mut parts = credential.split(['/', ',', ' ']);
    let access_key_id = parts.next()?;
    let region = parts.nth(1)?;
    Some((access_key_id, region))
}

/// How to have a Region that a development cluster does not host; `None` for any other refusal.
fn advice(arrival: &Arrival, gateway: &Gateway, services: &Services) -> Option<String> {
    let (_, named) = claim(arrival)?;
    let hosted = gateway.hosted();
    // What the caller named is repeated as part of a command line: only a name that is one.
    let is_one = named.parse().is_ok_and(|region: Region| region.is_of_aws_form());
    let is_dev = || replica::cluster::record(&*services.replica.local()).is_some_and(|cluster| cluster.dev);
    if !is_one || hosted.contains(&named) || !is_dev() {
        return None;
    }
    let hosted = hosted.join(",");
    Some(format!(
        "This cluster hosts {hosted}; start it as `lockstep dev --regions {hosted},{named}` to have them all."
    ))
}

/// Every header line; HTTP/2's `:authority` as `host`, in place of a header of that name.
fn headers(arrival: &Arrival) -> Vec<(&str, &[u8])> {
    let authority = arrival.head.uri.authority().map(|authority| authority.as_str().as_bytes());
    let lines = arrival.head.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let lines = lines.filter(|(name, _)| authority.is_none() || *name != "host");
    lines.chain(authority.map(|authority| ("host", authority))).collect()
}

/// A payload may stay unsigned on gRPC alone, and only where the transport protects it or stays on this machine.
fn payload(arrival: &Arrival, view: &dyn View) -> PayloadHash {
    let peer = arrival.peer;
    let unsigned = arrival.header("x-amz-content-sha256") == Some(UNSIGNED_PAYLOAD);
    let is_dev = || replica::cluster::record(view).is_some_and(|cluster| cluster.dev);
    if unsigned && arrival.form == Form::Protobuf && (peer.tls || (peer.ip.is_loopback() && is_dev())) {
        return PayloadHash::Unsigned;
    }
    PayloadHash::Sha256(crypto::sha256(arrival.message()))
}
