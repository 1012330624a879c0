//! A few crash points, each crashed once under load, with every invariant checked after it.

use tests::chaos::{RunOptions, crash, run_scenario};

#[test]
fn a_crash_at_a_few_points_harms_nothing() {
    let mut groups = crash::groups(|point| crash::HANDFUL.contains(&point));
    assert_eq!(groups.iter().map(|group| group.points().len()).sum::<usize>(), crash::HANDFUL.len());
    let seed = u64::from(std::process::id());
    for group in &mut groups {
        let report = run_scenario(group, &RunOptions::short(seed));
        let folder = report.folder.as_deref().unwrap_or_default();
        assert!(report.violations.is_empty(), "seed {seed}: {:#?}\nin {folder}", report.violations);
        assert_eq!(report.faults.len(), group.points().len(), "every crash was seen: {:?}", report.faults);
    }
}
