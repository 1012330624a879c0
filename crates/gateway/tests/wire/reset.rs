//! `POST /_lockstep/reset`: who may, and who does not even know it.

use crate::http_client::Request;
use crate::world::World;
use expect_test::{Expect, expect};
use gateway::Limits;
use std::sync::atomic::Ordering;

fn request(line: &'static str, header: Option<&str>) -> Request {
    let headers = header.map(|value| ("x-lockstep-reset".to_owned(), value.to_owned()));
    Request { line, headers: headers.into_iter().collect(), body: Vec::new() }
}

async fn check(world: &World, request: Request, expected: Expect) {
    let before = world.ready.resets.load(Ordering::SeqCst);
    let response = world.send(request).await;
    let resets = world.ready.resets.load(Ordering::SeqCst) - before;
    assert_eq!(resets, usize::from(response.status == 200), "what is answered is what was done");
    expected.assert_eq(&response.summary());
}

const RESET: &str = "POST /_lockstep/reset HTTP/1.1";

#[tokio::test]
async fn a_development_cluster_is_reset_by_whoever_sends_the_header() {
    let world = World::with(Limits::default(), true).await;
    check(&world, request(RESET, Some("1")), expect!["200 {}"]).await;
    assert_eq!(world.last_record(), "Unknown  lockstep.amazonaws.com Reset OK");
    let refused = "400 AccessDeniedException: A reset needs the header x-lockstep-reset: 1.";
    for header in [None, Some(""), Some("0"), Some("true")] {
        let expected = Expect { data: refused, ..expect![""] };
        check(&world, request(RESET, header), expected).await;
    }
    assert_eq!(world.last_record(), "Unknown  lockstep.amazonaws.com Reset AccessDeniedException");
    for line in ["GET /_lockstep/reset HTTP/1.1", "POST /_lockstep/reset/ HTTP/1.1", "POST /_lockstep HTTP/1.1"] {
        check(&world, request(line, Some("1")), expect!["404 UnknownOperationException: -"]).await;
    }
    let rebound = "POST http://evil.example/_lockstep/reset HTTP/1.1";
    check(
        &world,
        request(rebound, Some("1")),
        expect!["403 AccessDeniedException: A reset is for callers on this machine."],
    )
    .await;
    world.ready.unready.store(true, Ordering::SeqCst);
    let expected = expect!["503 ServiceUnavailableException: The service is temporarily unavailable. Try again."];
    check(&world, request(RESET, Some("1")), expected).await;
}

#[tokio::test]
async fn any_other_cluster_does_not_know_the_path() {
    let world = World::new().await;
    for header in [None, Some("1")] {
        check(&world, request(RESET, header), expect!["404 UnknownOperationException: -"]).await;
    }
}

#[tokio::test]
async fn a_development_cluster_says_how_to_have_another_region() {
    let world = World::with(Limits::default(), true).await;
    let scoped = |region| {
        let body = r#"{"KeyId":"k","Plaintext":"YWJj"}"#;
        world.json_signed("TrentService.Encrypt", body, |signing| signing.region = region, "kms")
    };
    check_scope(&world, scoped("ap-south-1"), expect!["400 InvalidSignatureException: Credential should be scoped to a valid region, not 'ap-south-1'. This cluster hosts us-east-1,eu-west-1; start it as `lockstep dev --regions us-east-1,eu-west-1,ap-south-1` to have them all."]).await;
    // Not repeated as a part of a command line.
    check_scope(
        &world,
        scoped("$(reboot)"),
        expect!["400 InvalidSignatureException: Credential should be scoped to a valid region, not '$(reboot)'."],
    )
    .await;
}

async fn check_scope(world: &World, request: Request, expected: Expect) {
    expected.assert_eq(&world.send(request).await.summary());
}
