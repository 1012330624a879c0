//! What RocksDB must do beyond the behaviour that all engines share: interrupted installations, damage, lost tails, and the
//! bytes on disk.

mod damage;
mod form;
mod install;
