//! Who calls: the roots of two accounts, and one whose credential is off.

use access::{Caller, CallerKind, Directory, Standing};
use replica::{Partition, Region, RequestId, Timestamp, View};
use service::Call;

/// The account that calls unless a test says otherwise.
pub const ACCOUNT: &str = "111122223333";
/// Another account.
pub const OTHER_ACCOUNT: &str = "444455556666";
/// The access key of a root whose credential was switched off.
pub(crate) const INACTIVE: &str = "INACTIVE";

/// Every access key is that of a root, named by its account.
pub(crate) struct Roots;

impl Directory for Roots {
    fn standing(&self, _view: &dyn View, access_key_id: &str) -> Standing {
        match access_key_id.parse() {
            Ok(account) => Standing::ActiveRoot(account),
            Err(_) => Standing::Inactive,
        }
    }
}

/// A call by the root of `account`.
pub fn call_of(account: &str) -> Call {
    let region: Region = "us-east-1".parse().expect("a Region");
    let id = account.parse().expect("an account");
    Call {
        request_id: "11111111-2222-4333-8444-555555555555".to_owned(),
        attempt: RequestId([0; 16]).into(),
        caller: Caller::root(CallerKind::Root, id, &Partition::of(&region), account),
        region,
        received_at: Timestamp::from_millis(1_700_000_000_000),
        source_ip: [127, 0, 0, 1].into(),
        user_agent: String::new(),
        secure_transport: false,
        via: None,
    }
}
