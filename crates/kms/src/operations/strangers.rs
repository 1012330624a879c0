//! Every operation that is built, tried by those who may not: another account, and a root whose credential is off.

use super::testing::{ACCOUNT, OTHER_ACCOUNT, World};
use super::tried::{self, Subject};
use std::cell::RefCell;

/// Operations that name no resource, or one of the caller's own account alone: nobody can reach into another account
/// with them.
const NAMELESS: [&str; 4] = ["CreateKey", "GenerateRandom", "ListAliases", "ListKeys"];

/// A world in which the operation succeeds for the owner of the subject.
fn ready(operation: &str) -> (World, Subject) {
    let world = World::new();
    let subject = Subject::new(&world);
    if operation == "CancelKeyDeletion" {
        world.schedule_deletion(&key_id(&subject), 7);
    }
    (world, subject)
}

fn key_id(subject: &Subject) -> String {
    subject.key.rsplit('/').next().expect("an ARN ends in the id").to_owned()
}

#[test]
fn the_owner_is_served_by_every_operation() {
    let make = |operation: &str| {
        let (world, subject) = ready(operation);
        let call = world.call(ACCOUNT);
        (world, call, subject)
    };
    for (operation, fault) in tried::each(&make, &|_, _| ()) {
        assert_eq!(fault, None, "{operation}");
    }
}

#[test]
fn no_operation_reaches_a_key_of_another_account() {
    let before = RefCell::new(Vec::new());
    let real = RefCell::new(String::new());
    let imagined = format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab");
    let make = |exists: bool| {
        let (before, real, imagined) = (&before, &real, &imagined);
        move |operation: &str| {
            let (world, mut subject) = ready(operation);
            *before.borrow_mut() = world.state();
            real.borrow_mut().clone_from(&subject.key);
            if !exists {
                subject.key.clone_from(imagined);
            }
            let call = world.call(OTHER_ACCOUNT);
            (world, call, subject)
        }
    };
    let unchanged = |operation: &str, world: &World| {
        if !NAMELESS.contains(&operation) {
            assert_eq!(world.state(), *before.borrow(), "{operation} changed something");
        }
    };
    let answers = tried::each(&make(true), &unchanged);
    // A key that does not exist gets the very same answer, so existence stays untold.
    let of_imagined = tried::each(&make(false), &unchanged);
    for (operation, fault) in answers {
        if NAMELESS.contains(&operation) {
            continue;
        }
        let fault = fault.unwrap_or_else(|| panic!("{operation} reached a foreign key"));
        // An alias is named without its account, so that it is one of the caller's own.
        let expected = if operation == "DeleteAlias" { "NotFoundException" } else { "AccessDeniedException" };
        assert_eq!(fault.code, expected, "{operation}: {fault:?}");
        let other = of_imagined[operation].as_ref().expect("refused");
        let without_id = |message: &str| message.split(":key/").next().map(str::to_owned);
        assert_eq!((other.code, without_id(&other.message)), (fault.code, without_id(&fault.message)), "{operation}");
    }
}

#[test]
fn no_operation_serves_a_credential_that_is_off() {
    let before = RefCell::new(Vec::new());
    let make = |operation: &str| {
        let (world, subject) = ready(operation);
        *before.borrow_mut() = world.state();
        let call = world.call_by_inactive();
        (world, call, subject)
    };
    let unchanged = |operation: &str, world: &World| assert_eq!(world.state(), *before.borrow(), "{operation}");
    for (operation, fault) in tried::each(&make, &unchanged) {
        let fault = fault.unwrap_or_else(|| panic!("{operation} served it"));
        assert_eq!(fault.code, "UnrecognizedClientException", "{operation}");
    }
}
