//! The program that can be broken on purpose: the product is not it, and what breaks is noticed. Whole runs are
//! `cargo xtask chaos --crash-points` and `--planted`.

mod crashes;
mod planted;
mod product;
