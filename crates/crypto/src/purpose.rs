//! purpose
