"""What every conformance test starts from: clients of a cluster whose every response is held to botocore's shapes.

The cluster is the caller's: its endpoint, Region and credentials come in the environment.
"""

import json
import os
import subprocess
import sys
import uuid

import boto3
import botocore.config
import botocore.validate
import pytest
import wires

ENDPOINT = os.environ["LOCKSTEP_ENDPOINT"]
REGION = os.environ["LOCKSTEP_REGION"]
ACCOUNT = os.environ["LOCKSTEP_ACCOUNT"]


def check_shape(parsed, model, **_):
    """Fails when a successful response is not what botocore's model says the operation answers."""
    if parsed["ResponseMetadata"]["HTTPStatusCode"] != 200 or model.output_shape is None:
        return
    body = {key: value for key, value in parsed.items() if key != "ResponseMetadata"}
    unknown = set(body) - set(model.output_shape.members)
    assert not unknown, f"{model.name} answers members that AWS does not know: {unknown}"
    report = botocore.validate.ParamValidator().validate(body, model.output_shape)
    assert not report.has_errors(), f"{model.name}: {report.generate_report()}"


def make_client(service, access_key=None, secret_key=None, region=REGION):
    session = boto3.session.Session(
        aws_access_key_id=access_key or os.environ["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=secret_key or os.environ["AWS_SECRET_ACCESS_KEY"],
        region_name=region,
    )
    config = botocore.config.Config(retries={"total_max_attempts": 1})
    client = session.client(service, endpoint_url=ENDPOINT, config=config)
    client.meta.events.register(f"after-call.{service}", check_shape)
    return client


@pytest.fixture(scope="session")
def kms():
    return make_client("kms")


@pytest.fixture(scope="session")
def ssm():
    return make_client("ssm")


@pytest.fixture(scope="session")
def sts():
    return make_client("sts")


@pytest.fixture(scope="session", params=[wires.Aws, wires.Grpc], ids=["aws", "grpc"])
def wire(request):
    """A scenario runs once over AWS's own wire and once over gRPC."""
    return request.param()


@pytest.fixture
def key(kms):
    return kms.create_key(Description="conformance")["KeyMetadata"]


@pytest.fixture
def unique():
    return uuid.uuid4().hex[:12]


class Cli:
    """The unmodified AWS CLI."""

    def run(self, *arguments):
        environment = dict(os.environ, AWS_ENDPOINT_URL=ENDPOINT, AWS_DEFAULT_REGION=REGION, AWS_PAGER="")
        program = os.path.join(os.path.dirname(sys.executable), "aws")
        return subprocess.run(
            [sys.executable, program, *arguments, "--output", "json"],
            env=environment, capture_output=True, text=True, timeout=60,
        )

    def __call__(self, *arguments):
        result = self.run(*arguments)
        assert result.returncode == 0, f"aws {' '.join(arguments)}: {result.stderr}"
        return json.loads(result.stdout) if result.stdout.strip() else {}

    def refused(self, *arguments):
        result = self.run(*arguments)
        assert result.returncode != 0, f"aws {' '.join(arguments)} was not refused: {result.stdout}"
        return result.stderr


@pytest.fixture(scope="session")
def aws():
    return Cli()


def refusal(call, **arguments):
    """The code and message with which a call is refused."""
    try:
        answer = call(**arguments)
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError(f"not refused: {answer}")


def raw_client(client):
    """The same client without botocore's own checks of arguments, so that the service has to make them."""
    config = client.meta.config.merge(botocore.config.Config(parameter_validation=False))
    credentials = client._request_signer._credentials
    session = boto3.session.Session(credentials.access_key, credentials.secret_key, region_name=REGION)
    return session.client(client.meta.service_model.service_name, endpoint_url=ENDPOINT, config=config)
