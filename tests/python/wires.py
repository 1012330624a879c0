"""One scenario, two wires: AWS's own by boto3, gRPC by grpcio, each with AWS's names and the same Python values.

`wire.kms.CreateAlias(AliasName=..., TargetKeyId=...)` answers the members of AWS's model; a refusal is a `Refused` with
AWS's code and text. Every answer is held to botocore's model, every refusal to the errors that the model lists. What was
asked and how it ended is noted in the file that LOCKSTEP_COVERAGE_NOTES names, for `cargo xtask coverage`.
"""

import functools
import importlib
import json
import os
import time
import uuid

import boto3
import botocore.config
import botocore.exceptions
import botocore.session
import botocore.validate
import grpc
from google.protobuf import message_factory

import protos
from messages import decode, encode, plain

REGION = os.environ["LOCKSTEP_REGION"]
ACCOUNT = os.environ["LOCKSTEP_ACCOUNT"]
UNKNOWN_OPERATION = "UnknownOperationException"
# What any operation may answer: https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html
COMMON = {
    "ValidationException", "AccessDeniedException", "ThrottlingException", "UnrecognizedClientException",
    "InvalidSignatureException", "MissingAuthenticationTokenException", "SerializationException",
    "NotAuthorizedException", "SignatureDoesNotMatch", "InvalidClientTokenId", "UnsupportedOperationException",
}
GRPC_SERVICES = {"kms": "KmsService", "ssm": "SsmService", "secretsmanager": "SecretsManagerService"}
MODELS = botocore.session.get_session()
# More often than a client is ever told to come again.
ATTEMPTS = 30


class Refused(Exception):
    """A call that ended with an error of AWS's."""

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


@functools.cache
def model(service):
    """botocore's model of a service."""
    return MODELS.get_service_model(service)


def note(service, operation, wire, outcome, code=None):
    """Notes how a call ended."""
    path = os.environ.get("LOCKSTEP_COVERAGE_NOTES")
    if path:
        line = {"service": service, "operation": operation, "wire": wire, "outcome": outcome, "code": code}
        with open(path, "a", encoding="utf-8") as notes:
            notes.write(json.dumps(line) + "\n")


class Wire:
    """What both wires have: the services as attributes, and what is checked of every call."""

    name = ""

    def __init__(self, secret_key=None):
        self.secret_key = secret_key or os.environ["AWS_SECRET_ACCESS_KEY"]

    @property
    def kms(self):
        return Service(self, "kms")

    @property
    def ssm(self):
        return Service(self, "ssm")

    @property
    def secrets(self):
        return Service(self, "secretsmanager")

    def call(self, service, operation, **arguments):
        shape = model(service).operation_model(operation)
        for attempt in range(ATTEMPTS):
            try:
                answer = self.send(service, operation, shape, arguments)
                break
            except Refused as refused:
                if refused.code == "ThrottlingException" and attempt + 1 < ATTEMPTS:
                    time.sleep(0.2)  # as every SDK does
                    continue
                self.check_refusal(service, operation, shape, refused)
                raise
        return self.check_answer(service, operation, shape, answer)

    def check_answer(self, service, operation, shape, answer):
        if shape.output_shape is not None:
            report = botocore.validate.ParamValidator().validate(answer, shape.output_shape)
            assert not report.has_errors(), f"{operation}: {report.generate_report()}"
        note(service, operation, self.name, "success")
        return answer

    def check_refusal(self, service, operation, shape, refused):
        if refused.code == UNKNOWN_OPERATION:
            return
        listed = {error.error_code or error.name for error in shape.error_shapes}
        faults = {error.name for error in shape.error_shapes if error.metadata.get("fault")}
        assert refused.code in (listed | COMMON) - faults, f"{operation} answers what AWS does not list: {refused}"
        note(service, operation, self.name, "refusal", refused.code)

    def pages(self, service, operation, size=None, **arguments):
        """The entries of all pages, as botocore's paginator of the operation collects them."""
        paginator = MODELS.get_component("data_loader").load_service_model(service, "paginators-1")
        paginator = paginator["pagination"][operation]
        if size:
            arguments[paginator["limit_key"]] = size
        while True:
            answer = self.call(service, operation, **arguments)
            yield answer[paginator["result_key"]]
            token = answer.get(paginator["output_token"])
            if not token:
                return
            arguments[paginator["input_token"]] = token


class Service:
    """One service over one wire; its attributes are AWS's operations."""

    def __init__(self, wire, name):
        self.wire, self.name = wire, name

    def __getattr__(self, operation):
        return functools.partial(self.wire.call, self.name, operation)

    def pages(self, operation, size=None, **arguments):
        return self.wire.pages(self.name, operation, size, **arguments)


class Aws(Wire):
    """boto3, unmodified: AWS JSON, and AWS Query for STS. Its own checks are off: the service has to make them."""

    name = "aws"

    @functools.cache
    def client(self, service):
        session = boto3.session.Session(
            os.environ["AWS_ACCESS_KEY_ID"], self.secret_key, region_name=REGION)
        config = botocore.config.Config(retries={"total_max_attempts": 1}, parameter_validation=False)
        return session.client(service, endpoint_url=protos.ENDPOINT, config=config)

    def send(self, service, operation, shape, arguments):
        try:
            answer = getattr(self.client(service), botocore.xform_name(operation))(**arguments)
        except botocore.exceptions.ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            assert status < 500, f"{operation} answers {status}: {error}"
            raise Refused(error.response["Error"]["Code"], error.response["Error"].get("Message", "")) from None
        return self.members(shape, answer)

    @staticmethod
    def members(shape, answer):
        answer.pop("ResponseMetadata")
        unknown = set(answer) - set(shape.output_shape.members if shape.output_shape else ())
        assert not unknown, f"{shape.name} answers members that AWS does not know: {unknown}"
        return plain(shape.output_shape, answer) if shape.output_shape else answer

    def pages(self, service, operation, size=None, **arguments):
        shape = model(service).operation_model(operation)
        paginator = self.client(service).get_paginator(botocore.xform_name(operation))
        for page in paginator.paginate(**arguments, PaginationConfig={"PageSize": size} if size else {}):
            answer = self.check_answer(service, operation, shape, self.members(shape, page))
            yield answer[paginator.result_keys[0].expression]


class Grpc(Wire):
    """grpcio, with messages made from AWS's names by the `json_name` of each field."""

    name = "grpc"

    @functools.cache
    def method(self, service, operation):
        method = grpc_service(service).methods_by_name[operation]
        request, response = map(message_factory.GetMessageClass, (method.input_type, method.output_type))
        call = self.channel(service).unary_unary(
            f"/{method.containing_service.full_name}/{operation}",
            request_serializer=protos.serialize, response_deserializer=response.FromString)
        return request, call

    @functools.cache
    def channel(self, service):
        return protos.channel(service, secret_key=self.secret_key)

    def send(self, service, operation, shape, arguments):
        request, call = self.method(service, operation)
        message = request()
        if shape.input_shape:
            encode(shape.input_shape, with_tokens(shape, arguments), message)
        try:
            answer = call(message, timeout=60)
        except grpc.RpcError as error:
            code, _, text = protos.error_of(error)
            broken = (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNKNOWN)
            assert error.code() not in broken, f"{operation} answers {error.code()}: {code}: {text}"
            # gRPC has no failure without a text, so where AWS gives none its code stands in.
            raise Refused(code, "" if text == code else text) from None
        return decode(shape.output_shape, answer) if shape.output_shape else {}


def grpc_service(service):
    """protobuf's description of a service."""
    module = importlib.import_module(f"lockstep.{service}.v1.service_pb2")
    return module.DESCRIPTOR.services_by_name[GRPC_SERVICES[service]]


def with_tokens(shape, arguments):
    """Fills in the tokens that every AWS SDK draws for its caller."""
    absent = [name for name in shape.idempotent_members if name not in arguments]
    return {**arguments, **{name: str(uuid.uuid4()) for name in absent}}


def refusal(call, **arguments):
    """The code and text with which a call is refused."""
    try:
        answer = call(**arguments)
    except Refused as refused:
        return refused.code, refused.message
    raise AssertionError(f"not refused: {answer}")


def code_of(call, **arguments):
    """The code with which a call is refused."""
    return refusal(call, **arguments)[0]


def create_key(wire, **arguments):
    """The metadata of a new key."""
    return wire.kms.CreateKey(**arguments)["KeyMetadata"]


def flatten(pages):
    return [entry for page in pages for entry in page]
