"""gRPC as a client has it: stubs that grpcio's own compiler makes of proto/api, and a small signing interceptor."""

import collections
import datetime
import hashlib
import hmac
import os
import pathlib
import sys
import tempfile
import urllib.parse

import grpc

ENDPOINT = os.environ["LOCKSTEP_ENDPOINT"]
AUTHORITY = urllib.parse.urlsplit(ENDPOINT).netloc
CallDetails = collections.namedtuple(
    "CallDetails", ["method", "timeout", "metadata", "credentials", "wait_for_ready", "compression"])


def compile_protos():
    """Puts the compiled protos where `import lockstep.kms.v1.messages_pb2` finds them, for as long as we run."""
    import grpc_tools
    from grpc_tools import protoc
    root = pathlib.Path(__file__).resolve().parents[2] / "proto" / "api"
    out = tempfile.TemporaryDirectory(prefix="lockstep-protos-")
    files = [str(path) for path in root.rglob("*.proto")]
    builtin = str(pathlib.Path(grpc_tools.__file__).parent / "_proto")
    status = protoc.main(
        ["protoc", f"-I{root}", f"-I{builtin}", f"--python_out={out.name}", f"--grpc_python_out={out.name}", *files])
    assert status == 0
    sys.path.insert(0, out.name)
    return out


COMPILED = compile_protos()


def serialize(message):
    """The bytes of a message, the same each time: what is signed is what is sent."""
    return message.SerializeToString(deterministic=True)


class Signer(grpc.UnaryUnaryClientInterceptor):
    """AWS Signature Version 4 in the metadata, over the message without its five-byte frame: docs/grpc.md."""

    def __init__(self, service, access_key, secret_key, region):
        self.service, self.access_key, self.secret_key, self.region = service, access_key, secret_key, region

    def intercept_unary_unary(self, continuation, details, request):
        metadata = list(details.metadata or []) + self.sign(details.method, serialize(request))
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


def channel(service, access_key=None, secret_key=None, region=None):
    """A channel to the endpoint whose calls are signed; the environment's credentials and Region unless said otherwise."""
    signer = Signer(service, access_key or os.environ["AWS_ACCESS_KEY_ID"],
                    secret_key or os.environ["AWS_SECRET_ACCESS_KEY"], region or os.environ["LOCKSTEP_REGION"])
    return grpc.intercept_channel(grpc.insecure_channel(AUTHORITY), signer)


def error_of(error):
    """AWS's code, the service and the message of a refusal."""
    from google.rpc import error_details_pb2, status_pb2
    details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
    assert details is not None, f"a failure without details: {error}"
    info = error_details_pb2.ErrorInfo()
    assert any(any_.Unpack(info) for any_ in status_pb2.Status.FromString(details).details), "no ErrorInfo"
    return info.reason, info.domain, error.details()
