"""AWS's caching client for Secrets Manager, aws-secretsmanager-caching."""

import json

import pytest
from aws_secretsmanager_caching import (
    InjectKeywordedSecretString, InjectSecretString, SecretCache, SecretCacheConfig,
)
from conftest import make_client


@pytest.fixture
def service():
    """The client that the cache uses, which counts what it is asked."""
    client = make_client("secretsmanager")
    client.calls = []
    client.meta.events.register("before-call.secretsmanager", lambda model, **_: client.calls.append(model.name))
    return client


@pytest.fixture
def cache(service):
    return SecretCache(client=service)


@pytest.fixture
def name(unique):
    return f"cached/{unique}"


def test_a_string_is_fetched_once(cache, service, name):
    service.create_secret(Name=name, SecretString="hush")
    service.calls.clear()
    assert [cache.get_secret_string(name) for _ in range(3)] == ["hush"] * 3
    assert service.calls == ["DescribeSecret", "GetSecretValue"]


def test_a_binary_secret(cache, service, name):
    service.create_secret(Name=name, SecretBinary=b"\x00\xff\x10")
    assert cache.get_secret_binary(name) == b"\x00\xff\x10"
    assert cache.get_secret_string(name) is None


def test_by_arn(cache, service, name):
    arn = service.create_secret(Name=name, SecretString="hush")["ARN"]
    assert cache.get_secret_string(arn) == "hush"


def test_a_new_version_appears_when_refreshed(cache, service, name):
    service.create_secret(Name=name, SecretString="old")
    assert cache.get_secret_string(name) == "old"
    service.put_secret_value(SecretId=name, SecretString="new")
    assert cache.get_secret_string(name) == "old", "a cached value is kept"
    assert cache.refresh_secret_now(name)
    assert cache.get_secret_string(name) == "new"
    assert cache.get_secret_string(name, version_stage="AWSPREVIOUS") == "old"
    assert cache.get_secret_string(name, version_stage="NONESUCH") is None


def test_a_new_version_appears_when_the_interval_is_over(service, name):
    service.create_secret(Name=name, SecretString="old")
    impatient = SecretCache(SecretCacheConfig(secret_refresh_interval=0), service)
    assert impatient.get_secret_string(name) == "old"
    service.put_secret_value(SecretId=name, SecretString="new")
    assert impatient.get_secret_string(name) == "new"


def test_a_stage_of_ones_own(service, name):
    service.create_secret(Name=name, SecretString="old")
    service.put_secret_value(SecretId=name, SecretString="pending", VersionStages=["AWSPENDING"])
    pending = SecretCache(SecretCacheConfig(default_version_stage="AWSPENDING"), service)
    assert pending.get_secret_string(name) == "pending"
    assert pending.get_secret_string(name, version_stage="AWSCURRENT") == "old"


def test_a_secret_that_is_not_there(cache, service, name):
    with pytest.raises(service.exceptions.ResourceNotFoundException):
        cache.get_secret_string(name)


def test_a_deleted_secret_is_no_longer_refreshed(cache, service, name):
    service.create_secret(Name=name, SecretString="hush")
    service.delete_secret(SecretId=name)
    with pytest.raises(service.exceptions.InvalidRequestException):
        cache.get_secret_string(name)
    service.restore_secret(SecretId=name)
    fresh = SecretCache(client=service)
    assert fresh.get_secret_string(name) == "hush"


def test_injected_arguments(cache, service, name):
    service.create_secret(Name=name, SecretString=json.dumps({"user": "ada", "password": "hush"}))

    @InjectSecretString(name, cache)
    def whole(secret, more):
        return json.loads(secret)["user"], more

    @InjectKeywordedSecretString(name, cache, who="user", word="password")
    def parts(who, word):
        return who, word

    assert whole("more") == ("ada", "more")
    assert parts() == ("ada", "hush")
