//! What the unit tests of services run against: a replica of one, a vault, and callers who are roots of their accounts.
//!
//! A service stands on a [`Ground`] and is called in a [`World`]; its own tests add what only they know, such as its
//! requests. [`one`] and [`each`] run operations as their service lists them.

mod caller;
mod ground;
mod list;
mod vault;
mod watched;
mod world;

pub use caller::{ACCOUNT, OTHER_ACCOUNT, call_of};
pub use ground::Ground;
pub use list::{Answer, Answers, List, Run, each, one};
pub use vault::open_vault;
pub use world::World;
