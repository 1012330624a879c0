//! The facts of one call, as the gateway established them.

use access::{Caller, Condition};
use replica::{Attempt, Region, Timestamp};
use std::net::IpAddr;

/// One call of one operation by an authenticated caller.
#[derive(Debug, Clone)]
pub struct Call {
    /// Names the call in answers and logs: `x-amzn-RequestId`, a UUID in text form.
    pub request_id: String,
    /// Names the change that the call may propose: its id is the same for every attempt that an SDK makes at one call.
    pub attempt: Attempt,
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
        inner.attempt.id.0[15] ^= step.wrapping_add(1);
        inner
    }

    /// The condition keys that every call brings to its authorization, whatever the service.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
    pub fn conditions(&self) -> Vec<Condition> {
        let mut conditions: Vec<Condition> = vec![
            ("aws:EpochTime".into(), vec![self.received_at.as_secs().to_string()]),
            ("aws:SourceIp".into(), vec![self.source_ip.to_string()]),
            ("aws:SecureTransport".into(), vec![self.secure_transport.to_string()]),
            ("aws:ViaAWSService".into(), vec![self.via.is_some().to_string()]),
            ("aws:RequestedRegion".into(), vec![self.region.to_string()]),
            ("aws:PrincipalArn".into(), vec![self.caller.arn.clone()]),
            ("aws:PrincipalAccount".into(), vec![self.caller.account.to_string()]),
        ];
        if !self.user_agent.is_empty() {
            conditions.push(("aws:UserAgent".into(), vec![self.user_agent.clone()]));
        }
        conditions
    }
}
