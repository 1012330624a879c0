//! The seam through which every answer is recorded before it goes out, in the words of CloudTrail.
//!
//! A node whose [`Recorder`] cannot keep a [`Record`] withholds the answer. What a record may hold is decided by who
//! makes it: parameters come in already redacted.

mod log;
mod memory;
mod operation;
mod record;
mod recorder;

pub use log::{LineFormat, LogRecorder};
pub use memory::MemoryRecorder;
pub use operation::is_read_only;
pub use record::{Event, Record, Resource, Stranger, UserIdentity};
pub use recorder::{NotRecorded, Recorder};
