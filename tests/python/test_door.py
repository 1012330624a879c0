"""The door: what is not a well-formed, well-signed request gets AWS's error and changes nothing."""

import datetime
import http.client
import json
import os
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
from conftest import ENDPOINT, REGION, make_client, refusal

BODY = b"{}"


class At(botocore.auth.SigV4Auth):
    """Signs with a clock that is off by some seconds."""

    offset = 0

    def add_auth(self, request):
        real = botocore.auth.get_current_datetime if hasattr(botocore.auth, "get_current_datetime") else None
        moved = (real() if real else datetime.datetime.now(datetime.timezone.utc)) + datetime.timedelta(
            seconds=self.offset)
        if real:
            botocore.auth.get_current_datetime = lambda *_, **__: moved
        try:
            super().add_auth(request)
        finally:
            if real:
                botocore.auth.get_current_datetime = real


def signed(body=BODY, target="TrentService.ListKeys", service="kms", region=REGION, offset=0, sign_body=None,
           content_type="application/x-amz-json-1.1", secret=None, access_key=None):
    request = botocore.awsrequest.AWSRequest(
        "POST", ENDPOINT + "/", data=body if sign_body is None else sign_body,
        headers={"Content-Type": content_type, "X-Amz-Target": target})
    credentials = botocore.credentials.Credentials(
        access_key or os.environ["AWS_ACCESS_KEY_ID"], secret or os.environ["AWS_SECRET_ACCESS_KEY"])
    signer = At(credentials, service, region)
    signer.offset = offset
    signer.add_auth(request)
    return dict(request.headers.items())


def send(headers, body=BODY):
    url = urllib.parse.urlsplit(ENDPOINT)
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=20)
    connection.request("POST", "/", body=body, headers=headers)
    response = connection.getresponse()
    answer = response.read()
    connection.close()
    return response, json.loads(answer) if answer else {}


def code_of(headers, body=BODY):
    response, answer = send(headers, body)
    assert response.status >= 400, answer
    assert response.getheader("x-amzn-requestid")
    return answer["__type"].split("#")[-1]


def test_a_well_signed_request_is_answered():
    response, answer = send(signed())
    assert response.status == 200 and "Keys" in answer
    assert response.getheader("content-type") == "application/x-amz-json-1.1"


@pytest.mark.parametrize("body, code", [
    (b"{", "SerializationException"),
    (b"[]", "SerializationException"),
    (b'{"Limit": 1, "Limit": 2}', "SerializationException"),
    (b'{"Limit": "x"}', "SerializationException"),
    (b'{"Limit": 1} trailing', "SerializationException"),
    (b'{"Limit": 1e400}', "SerializationException"),
    (b'{"x": ' + b"[" * 200 + b"]" * 200 + b"}", "SerializationException"),
    (b"\xff\xfe", "SerializationException"),
    (b'{"Limit": 0}', "ValidationException"),
])
def test_bodies(body, code):
    assert code_of(signed(body), body) == code


def test_bad_base64():
    body = b'{"KeyId": "x", "Plaintext": "***"}'
    assert code_of(signed(body, target="TrentService.Encrypt"), body) == "SerializationException"


@pytest.mark.parametrize("target", ["TrentService.Nothing", "Nobody.ListKeys", ""])
def test_unknown_targets(target):
    assert code_of(signed(target=target)) == "UnknownOperationException"


def test_an_oversized_body_is_refused():
    body = b'{"Description": "' + b"x" * (1 << 20) + b'"}'
    response, _ = send(signed(body, target="TrentService.CreateKey"), body)
    assert response.status in (400, 413)


def test_unsigned():
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.ListKeys"}
    assert code_of(headers) == "MissingAuthenticationTokenException"


@pytest.mark.parametrize("arguments, code", [
    ({"offset": -360}, "InvalidSignatureException"),
    ({"offset": 360}, "InvalidSignatureException"),
    ({"region": "mars-1"}, "InvalidSignatureException"),
    ({"service": "ssm"}, "InvalidSignatureException"),
    ({"sign_body": b'{"Limit": 5}'}, "InvalidSignatureException"),
])
def test_signatures_that_do_not_hold(arguments, code):
    assert code_of(signed(**arguments)) == code


def test_a_wrong_secret_and_an_unknown_key():
    assert code_of(signed(secret="wrong")) == "InvalidSignatureException"
    assert code_of(signed(access_key="AKIAUNKNOWNUNKNOWN00")) == "UnrecognizedClientException"


def test_a_changed_target_breaks_the_signature():
    headers = signed(target="TrentService.ListKeys")
    headers["X-Amz-Target"] = "TrentService.CreateKey"
    assert code_of(headers) == "InvalidSignatureException"


@pytest.mark.parametrize("value", ["", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=a", "Bearer x"])
def test_broken_authorization_headers(value):
    headers = signed()
    headers["Authorization"] = value
    assert code_of(headers) in ("IncompleteSignatureException", "MissingAuthenticationTokenException")


def test_a_wrong_secret_through_boto3():
    assert refusal(make_client("kms", secret_key="wrong").list_keys)[0] == "InvalidSignatureException"
