//! Places where tests break the product: crash points, planted bugs, and dice that repeat.
//!
//! Without the feature `inject` every function here is empty and vanishes from the binary; the product is built so. With
//! it, `lockstep-faulty` and the simulation choose at run time what goes wrong: see [`CRASH_VARIABLE`] and
//! [`BUG_VARIABLE`]. A test holds the product's binary to not containing any of this.

mod bug;
#[cfg(feature = "inject")]
mod inject;

pub use bug::Bug;
#[cfg(feature = "inject")]
pub use inject::{
    BUG_VARIABLE, CRASH_SAID, CRASH_VARIABLE, SLOW_VARIABLE, arm_from_environment, dice, plant, points_passed, sow,
};

/// Whether this build can be broken on purpose.
pub const COMPILED_IN: bool = cfg!(feature = "inject");

/// A moment at which a test may end the process as a power cut would: nothing is flushed, nothing is said.
/// Names are dotted paths such as `store.append.written`; each is used at one place.
#[inline(always)]
pub fn point(name: &'static str) {
    #[cfg(feature = "inject")]
    inject::pass(name);
    #[cfg(not(feature = "inject"))]
    let _ = name;
}

/// Whether `bug` was planted in this process. The constant `false` in the product.
#[inline(always)]
pub fn planted(bug: Bug) -> bool {
    #[cfg(feature = "inject")]
    return inject::is_planted(bug);
    #[cfg(not(feature = "inject"))]
    {
        let _ = bug;
        false
    }
}

/// Fills `bytes` from dice that a simulation has sown on this thread; `false` when there are none, as always in the
/// product, and the bytes are as they were.
#[inline(always)]
pub fn seeded(bytes: &mut [u8]) -> bool {
    #[cfg(feature = "inject")]
    return inject::roll(bytes);
    #[cfg(not(feature = "inject"))]
    {
        let _ = bytes;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(not(feature = "inject"))]
    #[test]
    fn nothing_can_be_broken_in_the_product() {
        const { assert!(!COMPILED_IN) };
        assert!(Bug::ALL.iter().all(|bug| !planted(*bug)));
        let mut bytes = [7; 4];
        assert!(!seeded(&mut bytes));
        assert_eq!(bytes, [7; 4]);
        point("faults.tests");
    }

    #[cfg(feature = "inject")]
    #[test]
    fn sown_dice_repeat() {
        let roll = |seed| {
            sow(Some(seed));
            let mut bytes = [0; 16];
            assert!(seeded(&mut bytes));
            sow(None);
            bytes
        };
        assert_eq!(roll(1), roll(1));
        assert_ne!(roll(1), roll(2));
        assert!(!seeded(&mut [0; 4]), "nothing is sown any longer");
    }
}
