//! AWS Query, as STS speaks it.

use crate::http_client::{Request, Response};
use crate::signing::Signing;
use crate::world::World;
use expect_test::{Expect, expect};

const GOOD: &str = "Action=GetCallerIdentity&Version=2011-06-15";
const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

fn request(world: &World, body: &str, spoil: impl FnOnce(&mut Signing<'_>)) -> Request {
    let mut signing = Signing::of("sts");
    signing.headers = vec![("content-type", FORM)];
    spoil(&mut signing);
    let headers = signing.headers(&world.address.to_string(), body.as_bytes());
    Request { line: "POST / HTTP/1.1", headers, body: body.as_bytes().to_vec() }
}

async fn check(world: &World, request: Request, expected: Expect) {
    let response = world.send(request).await;
    assert_eq!(response.headers["content-type"], "text/xml");
    let id = &response.headers["x-amzn-requestid"];
    assert!(response.body.contains(&format!("<RequestId>{id}</RequestId>")));
    let Response { status, body, .. } = &response;
    expected.assert_eq(&format!("{status} {}", body.replace(id, "ID")));
}

#[tokio::test]
async fn a_form_is_answered_in_xml() {
    let world = World::new().await;
    check(&world, request(&world, GOOD, |_| {}), expect![[r#"200 <GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><UserId>111122223333</UserId><Account>111122223333</Account><Arn>arn:aws:iam::111122223333:root</Arn></GetCallerIdentityResult><ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></GetCallerIdentityResponse>"#]]).await;
    assert_eq!(world.last_record(), "Root AKIDEXAMPLE sts.amazonaws.com GetCallerIdentity OK");
}

#[tokio::test]
async fn refusals_have_the_querys_own_codes() {
    let world = World::new().await;
    let rows = [
        (
            "Action=Nonsense&Version=2011-06-15",
            expect![
                "400 <ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>Could not find operation Nonsense</Message></Error><RequestId>ID</RequestId></ErrorResponse>"
            ],
        ),
        (
            "Action=GetCallerIdentity&Version=2010-05-08",
            expect![
                "400 <ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>Could not find operation GetCallerIdentity</Message></Error><RequestId>ID</RequestId></ErrorResponse>"
            ],
        ),
        (
            "Action=GetSessionToken&Version=2011-06-15",
            expect![[
                r#"400 <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>Could not find operation GetSessionToken</Message></Error><RequestId>ID</RequestId></ErrorResponse>"#
            ]],
        ),
        (
            "",
            expect![
                "400 <ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>Could not find operation </Message></Error><RequestId>ID</RequestId></ErrorResponse>"
            ],
        ),
        (
            "%",
            expect![
                "400 <ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>Could not find operation </Message></Error><RequestId>ID</RequestId></ErrorResponse>"
            ],
        ),
    ];
    for (body, expected) in rows {
        check(&world, request(&world, body, |_| {}), expected).await;
    }
    check(&world, request(&world, GOOD, |_| {}).without("authorization"), expect![[r#"403 <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>MissingAuthenticationToken</Code><Message>Missing Authentication Token</Message></Error><RequestId>ID</RequestId></ErrorResponse>"#]]).await;
    check(&world, request(&world, GOOD, |s| s.secret = "wrong"), expect![[r#"403 <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.</Message></Error><RequestId>ID</RequestId></ErrorResponse>"#]]).await;
    check(&world, request(&world, GOOD, |s| s.access_key_id = "AKIDOTHER"), expect![[r#"403 <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code><Message>The security token included in the request is invalid.</Message></Error><RequestId>ID</RequestId></ErrorResponse>"#]]).await;
    check(&world, request(&world, GOOD, |s| s.service = "iam"), expect![[r#"403 <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>Credential should be scoped to correct service: &apos;sts&apos;.</Message></Error><RequestId>ID</RequestId></ErrorResponse>"#]]).await;
    check(&world, request(&world, &format!("{GOOD}&{GOOD}"), |_| {}), expect![[r#"400 <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>MalformedInput</Code><Message>A member is given twice</Message></Error><RequestId>ID</RequestId></ErrorResponse>"#]]).await;
}
