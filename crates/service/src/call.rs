//! The facts of one call, as the gateway established them.

use access::Caller;
use replica::{Region, RequestId, Timestamp};
use std::net::IpAddr;

/// One call of one operation by an authenticated caller.
#[derive(Debug, Clone)]
pub struct Call {
    /// Names the call in answers and logs: `x-amzn-RequestId`, a UUID in text form.
    pub request_id: String,
    /// Names the change that the call may propose: the same for every attempt that an SDK makes at one call.
    pub proposal_id: RequestId,
    /// Who calls.
    pub caller: Caller,
    /// The Region that the signature names, which is the one that this cluster serves.
    pub region: Region,
    /// This node's clock when the call came in.
    pub received_at: Timestamp,
    /// Where the call came from.
    pub source_ip: IpAddr,
    /// The `User-Agent` that it named; empty when none.
    pub user_agent: String,
    /// Whether it came over TLS.
    pub secure_transport: bool,
    /// The service through which the caller calls, such as `ssm.us-east-1.amazonaws.com`; `None` for a direct call.
    pub via: Option<String>,
}

impl Call {
    /// The same call, made on the caller's behalf by `service` (such as `ssm`). Its proposals are its own: `step` tells
    /// several inner calls of one outer call apart.
    #[must_use]
    pub fn through(&self, service: &str, step: u8) -> Self {
        let mut inner = self.clone();
        inner.via = Some(format!("{service}.{}.amazonaws.com", self.region));
        inner.proposal_id.0[15] ^= step.wrapping_add(1);
        inner
    }
}
