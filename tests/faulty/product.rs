//! The product cannot be broken on purpose: nothing of it is in the binary, and the environment changes nothing.

use faults::Bug;
use memchr::memmem;
use std::path::Path;
use std::process::Command;
use tests::chaos::faulty;
use tests::program;

/// What would give it away: the variables, the names of bugs, and what a process says before it crashes.
fn traces() -> Vec<&'static str> {
    let variables = [faulty::CRASH_VARIABLE, faulty::SLOW_VARIABLE, faulty::BUG_VARIABLE, faulty::CRASH_SAID];
    // A variant of an enumeration that was derived Debug is no trace; its name on command lines is.
    variables.into_iter().chain(Bug::ALL.iter().map(|bug| bug.name())).collect()
}

fn holds(program: &[u8], text: &str) -> bool {
    memmem::find(program, text.as_bytes()).is_some()
}

#[test]
fn the_product_holds_nothing_that_breaks_it_and_the_faulty_program_does() {
    let read = |path: &Path| std::fs::read(path).expect("the program is readable");
    let (product, broken) = (read(&program()), read(&faulty::program().expect("the faulty program is built")));
    let points = faulty::points().expect("the sources are readable");
    let points = points.iter().map(|(point, _)| point.as_str());
    for trace in traces().into_iter().chain(points) {
        assert!(holds(&broken, trace), "the faulty program does not hold {trace}: the search proves nothing");
        assert!(!holds(&product, trace), "the product holds {trace}");
    }
}

#[test]
fn tests_are_built_without_it_too() {
    const { assert!(!faults::COMPILED_IN) };
    assert!(Bug::ALL.iter().all(|bug| !faults::planted(*bug)));
}

/// A bug that does not exist ends the faulty program, so that no run proves nothing; the product does not look.
#[test]
fn the_environment_changes_nothing_in_the_product() {
    let version = |program: &Path| {
        let mut command = Command::new(program);
        command.arg("--version").env(faulty::BUG_VARIABLE, "no such bug").env(faulty::CRASH_VARIABLE, "x:y");
        command.output().expect("the program starts")
    };
    assert!(!version(&faulty::program().expect("the faulty program is built")).status.success());
    let of_product = version(&program());
    assert!(of_product.status.success(), "{}", String::from_utf8_lossy(&of_product.stderr));
}
