//! Crash points: what the sources have, the plan of the run that crashes at each has too.

use std::collections::BTreeSet;
use tests::chaos::{crash, faulty};

/// So many at the least.
const POINTS_MIN: usize = 40;

#[test]
fn each_crash_point_has_a_name_of_its_own_and_a_way_to_it() {
    let points = faulty::points().expect("the sources are readable");
    assert!(points.len() >= POINTS_MIN, "{} crash points", points.len());
    let mut names = BTreeSet::new();
    for (name, path) in &points {
        let parts: Vec<&str> = name.split('.').collect();
        let is_word =
            |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        assert!(parts.len() >= 2 && parts.iter().all(is_word), "{name} is no dotted name");
        let place = path.components().skip_while(|part| part.as_os_str() != "crates").nth(1).expect("a crate's file");
        assert_eq!(place.as_os_str().to_str(), Some(parts[0]), "{name} names another crate than {}", path.display());
        assert!(names.insert(name.as_str()), "{name} is at two places");
    }
    let planned: Vec<&str> = crash::plan().into_iter().map(|(point, _)| point).collect();
    assert!(planned.is_sorted(), "the plan is in the order of names");
    let planned: BTreeSet<&str> = planned.into_iter().collect();
    let missing: Vec<_> = names.symmetric_difference(&planned).collect();
    assert!(missing.is_empty(), "in the sources or in the plan alone: {missing:?}");
    assert!(crash::HANDFUL.iter().all(|point| planned.contains(point)));
}
