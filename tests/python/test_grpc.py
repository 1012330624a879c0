"""gRPC through grpcio, with a small signing interceptor: the same answers and the same codes as on the JSON wire."""

import collections
import datetime
import hashlib
import hmac
import importlib
import os
import pathlib
import sys
import tempfile
import urllib.parse

import grpc
import pytest
from conftest import ACCOUNT, ENDPOINT, REGION

AUTHORITY = urllib.parse.urlsplit(ENDPOINT).netloc
CallDetails = collections.namedtuple(
    "CallDetails", ["method", "timeout", "metadata", "credentials", "wait_for_ready", "compression"])


def compile_protos():
    import grpc_tools
    from grpc_tools import protoc
    root = pathlib.Path(__file__).resolve().parents[2] / "proto" / "api"
    out = tempfile.mkdtemp(prefix="lockstep-protos-")
    files = [str(path) for path in root.rglob("*.proto")]
    builtin = str(pathlib.Path(grpc_tools.__file__).parent / "_proto")
    status = protoc.main(["protoc", f"-I{root}", f"-I{builtin}", f"--python_out={out}", f"--grpc_python_out={out}", *files])
    assert status == 0
    sys.path.insert(0, out)


compile_protos()
kms_pb = importlib.import_module("lockstep.kms.v1.messages_pb2")
kms_types = importlib.import_module("lockstep.kms.v1.types_pb2")
kms_grpc = importlib.import_module("lockstep.kms.v1.service_pb2_grpc")
ssm_pb = importlib.import_module("lockstep.ssm.v1.messages_pb2")
ssm_types = importlib.import_module("lockstep.ssm.v1.types_pb2")
ssm_grpc = importlib.import_module("lockstep.ssm.v1.service_pb2_grpc")


class Signer(grpc.UnaryUnaryClientInterceptor):
    """AWS Signature Version 4 in the metadata, over the message without its five-byte frame: docs/grpc.md."""

    def __init__(self, service, access_key, secret_key, region=REGION):
        self.service, self.access_key, self.secret_key, self.region = service, access_key, secret_key, region

    def intercept_unary_unary(self, continuation, details, request):
        metadata = list(details.metadata or []) + self.sign(details.method, request.SerializeToString(deterministic=True))
        return continuation(CallDetails(details.method, details.timeout, metadata, None, None, None), request)

    def sign(self, path, message):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        payload = hashlib.sha256(message).hexdigest()
        signed = "host;x-amz-content-sha256;x-amz-date"
        canonical = (f"POST\n{path}\n\nhost:{AUTHORITY}\nx-amz-content-sha256:{payload}\nx-amz-date:{now}\n\n"
                     f"{signed}\n{payload}")
        scope = f"{now[:8]}/{self.region}/{self.service}/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = ("AWS4" + self.secret_key).encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        return [
            ("authorization", f"AWS4-HMAC-SHA256 Credential={self.access_key}/{scope}, SignedHeaders={signed}, "
                              f"Signature={signature}"),
            ("x-amz-date", now), ("x-amz-content-sha256", payload),
        ]


def channel(service, secret_key=None, region=REGION):
    signer = Signer(service, os.environ["AWS_ACCESS_KEY_ID"], secret_key or os.environ["AWS_SECRET_ACCESS_KEY"], region)
    return grpc.intercept_channel(grpc.insecure_channel(AUTHORITY), signer)


@pytest.fixture(scope="module")
def kms():
    return kms_grpc.KmsServiceStub(channel("kms"))


@pytest.fixture(scope="module")
def ssm():
    return ssm_grpc.SsmServiceStub(channel("ssm"))


def refused(call, request):
    """Status and AWS's code of a refusal."""
    from google.rpc import error_details_pb2, status_pb2
    with pytest.raises(grpc.RpcError) as caught:
        call(request, timeout=20)
    details = dict(caught.value.trailing_metadata()).get("grpc-status-details-bin")
    status = status_pb2.Status.FromString(details)
    info = error_details_pb2.ErrorInfo()
    assert any(any_.Unpack(info) for any_ in status.details), "no ErrorInfo"
    return caught.value.code(), info.reason, info.domain


def test_encrypt_and_decrypt(kms):
    metadata = kms.CreateKey(kms_pb.CreateKeyRequest(description="over gRPC")).key_metadata
    assert metadata.arn == f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{metadata.key_id}"
    assert metadata.key_state == kms_types.KEY_STATE_ENABLED and metadata.HasField("creation_date")
    sealed = kms.Encrypt(kms_pb.EncryptRequest(
        key_id=metadata.key_id, plaintext=b"hello", encryption_context={"a": "b"}))
    opened = kms.Decrypt(kms_pb.DecryptRequest(ciphertext_blob=sealed.ciphertext_blob, encryption_context={"a": "b"}))
    assert (opened.plaintext, opened.key_id) == (b"hello", metadata.arn)
    wrong = kms_pb.DecryptRequest(ciphertext_blob=sealed.ciphertext_blob)
    assert refused(kms.Decrypt, wrong) == (grpc.StatusCode.INVALID_ARGUMENT, "InvalidCiphertextException", "kms")


def test_disabled_keys(kms):
    key_id = kms.CreateKey(kms_pb.CreateKeyRequest()).key_metadata.key_id
    kms.DisableKey(kms_pb.DisableKeyRequest(key_id=key_id))
    request = kms_pb.GenerateDataKeyRequest(key_id=key_id, number_of_bytes=32)
    assert refused(kms.GenerateDataKey, request) == (grpc.StatusCode.FAILED_PRECONDITION, "DisabledException", "kms")
    kms.EnableKey(kms_pb.EnableKeyRequest(key_id=key_id))
    assert len(kms.GenerateDataKey(request).plaintext) == 32
    assert key_id in [key.key_id for key in kms.ListKeys(kms_pb.ListKeysRequest(limit=1000)).keys]


def test_parameters(ssm, unique):
    name = f"/grpc/{unique}"
    put = ssm_pb.PutParameterRequest(name=name, value="hush", type=ssm_types.PARAMETER_TYPE_SECURE_STRING)
    assert ssm.PutParameter(put).version == 1
    assert refused(ssm.PutParameter, put) == (grpc.StatusCode.ALREADY_EXISTS, "ParameterAlreadyExists", "ssm")
    got = ssm.GetParameter(ssm_pb.GetParameterRequest(name=name, with_decryption=True)).parameter
    assert got.value == "hush"
    by_path = ssm.GetParametersByPath(ssm_pb.GetParametersByPathRequest(path="/grpc", recursive=True))
    assert name in [parameter.name for parameter in by_path.parameters] or by_path.next_token
    many = ssm.GetParameters(ssm_pb.GetParametersRequest(names=[name, f"{name}-none"]))
    assert ([p.name for p in many.parameters], list(many.invalid_parameters)) == ([name], [f"{name}-none"])
    ssm.DeleteParameter(ssm_pb.DeleteParameterRequest(name=name))
    missing = ssm_pb.GetParameterRequest(name=name)
    assert refused(ssm.GetParameter, missing) == (grpc.StatusCode.NOT_FOUND, "ParameterNotFound", "ssm")


def test_validation(kms):
    status, reason, _ = refused(kms.Encrypt, kms_pb.EncryptRequest())
    assert (status, reason) == (grpc.StatusCode.INVALID_ARGUMENT, "ValidationException")


def test_signatures():
    request = kms_pb.ListKeysRequest()
    for stub, reason in [
        (kms_grpc.KmsServiceStub(channel("kms", secret_key="wrong")), "InvalidSignatureException"),
        (kms_grpc.KmsServiceStub(channel("kms", region="mars-1")), "InvalidSignatureException"),
        (kms_grpc.KmsServiceStub(channel("ssm")), "InvalidSignatureException"),
        (kms_grpc.KmsServiceStub(grpc.insecure_channel(AUTHORITY)), "MissingAuthenticationTokenException"),
    ]:
        assert refused(stub.ListKeys, request)[:2] == (grpc.StatusCode.UNAUTHENTICATED, reason)


def test_an_operation_that_is_not_built_says_so(kms):
    with pytest.raises(grpc.RpcError) as caught:
        kms.ListGrants(kms_pb.ListGrantsRequest(key_id="x"))
    assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_health_and_reflection():
    plain = grpc.insecure_channel(AUTHORITY)
    check = plain.unary_unary("/grpc.health.v1.Health/Check")
    assert check(b"") == b"\x08\x01", "SERVING"
    assert check(b"\x0a\x1alockstep.kms.v1.KmsService") == b"\x08\x01"
