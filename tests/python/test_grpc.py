"""gRPC through grpcio, with a small signing interceptor: the same answers and the same codes as on the JSON wire."""

import importlib

import grpc
import pytest
from conftest import ACCOUNT, REGION
from protos import AUTHORITY, channel, error_of

kms_pb = importlib.import_module("lockstep.kms.v1.messages_pb2")
kms_types = importlib.import_module("lockstep.kms.v1.types_pb2")
kms_grpc = importlib.import_module("lockstep.kms.v1.service_pb2_grpc")
ssm_pb = importlib.import_module("lockstep.ssm.v1.messages_pb2")
ssm_types = importlib.import_module("lockstep.ssm.v1.types_pb2")
ssm_grpc = importlib.import_module("lockstep.ssm.v1.service_pb2_grpc")


@pytest.fixture(scope="module")
def kms():
    return kms_grpc.KmsServiceStub(channel("kms"))


@pytest.fixture(scope="module")
def ssm():
    return ssm_grpc.SsmServiceStub(channel("ssm"))


def refused(call, request):
    """Status and AWS's code of a refusal."""
    with pytest.raises(grpc.RpcError) as caught:
        call(request, timeout=20)
    code, domain, _ = error_of(caught.value)
    return caught.value.code(), code, domain


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
