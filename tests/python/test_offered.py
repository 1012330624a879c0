"""Which operations of AWS's model the server offers, noted for `cargo xtask coverage`: both wires offer the same."""

import pytest
import wires

# The codes of AWS JSON and AWS Query.
UNKNOWN = {"UnknownOperationException", "InvalidAction"}


def offered(wire, service, operation):
    """Whether an empty request is answered by the operation, whatever the answer."""
    try:
        wire.send(service, operation, wires.model(service).operation_model(operation), {})
    except wires.Refused as refused:
        return refused.code not in UNKNOWN
    return True


@pytest.mark.parametrize("service", ["kms", "ssm", "secretsmanager", "sts"])
def test_both_wires_offer_the_same(service):
    aws, grpc = wires.Aws(), wires.Grpc()
    found = [name for name in wires.model(service).operation_names if offered(aws, service, name)]
    if service in wires.GRPC_SERVICES:
        known = wires.grpc_service(service).methods_by_name
        assert found == [name for name in wires.model(service).operation_names
                         if name in known and offered(grpc, service, name)]
    for name in found:
        wires.note(service, name, "aws", "offered")
