"""STS, which AWS speaks in AWS Query and Lockstep in nothing else."""

import wires
from wires import ACCOUNT, code_of


def test_caller_identity():
    call = wires.Aws().call
    assert call("sts", "GetCallerIdentity") == {
        "UserId": ACCOUNT, "Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:root"}


def test_a_wrong_secret():
    assert code_of(wires.Aws(secret_key="wrong").call, service="sts", operation="GetCallerIdentity") \
        == "SignatureDoesNotMatch"
