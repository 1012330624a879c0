"""The AWS Encryption SDK, by master key providers and by keyrings: round trips, and what it must refuse to open."""

import io

import pytest
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import (
    CreateAwsKmsDiscoveryKeyringInput, CreateAwsKmsKeyringInput, CreateAwsKmsMultiKeyringInput, DiscoveryFilter,
)
from aws_encryption_sdk import (
    CachingCryptoMaterialsManager, CommitmentPolicy, EncryptionSDKClient, LocalCryptoMaterialsCache,
    StrictAwsKmsMasterKeyProvider,
)
from aws_encryption_sdk.exceptions import AWSEncryptionSDKClientError
from conftest import ACCOUNT, ENDPOINT, REGION, refusal
from cryptography.exceptions import InvalidTag

TEXT = b"the quick brown fox " * 1000
CONTEXT = {"tenant": "tenant-a", "purpose": "conformance", "ünïcode": "ключ"}


@pytest.fixture(autouse=True)
def configured_as_an_application_is(monkeypatch):
    """The providers make their own clients of KMS from the environment."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", ENDPOINT)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)


@pytest.fixture
def sdk():
    return EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)


def by_provider(kms, *arns):
    return {"key_provider": StrictAwsKmsMasterKeyProvider(key_ids=arns)}


def by_keyring(kms, *arns):
    """One key by the client that it is given, several by clients that the library makes, one per Region."""
    library = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())
    if len(arns) == 1:
        return {"keyring": library.create_aws_kms_keyring(CreateAwsKmsKeyringInput(kms_key_id=arns[0], kms_client=kms))}
    several = CreateAwsKmsMultiKeyringInput(generator=arns[0], kms_key_ids=list(arns[1:]))
    return {"keyring": library.create_aws_kms_multi_keyring(several)}


def by_discovery(kms, account):
    library = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())
    filtered = DiscoveryFilter(account_ids=[account], partition="aws")
    wanted = CreateAwsKmsDiscoveryKeyringInput(kms_client=kms, discovery_filter=filtered)
    return {"keyring": library.create_aws_kms_discovery_keyring(wanted)}


@pytest.fixture(params=[by_provider, by_keyring])
def keys(request, kms):
    return lambda *arns: request.param(kms, *arns)


# What the SDK says when no key opened a message: the first by its providers, the others by its keyrings.
NO_KEY_OPENS = "Unable to decrypt any data key|was able to decrypt the Data Key|No Encrypted Data Keys found to match"


def refused(sdk, message, keys, words=NO_KEY_OPENS, **more):
    with pytest.raises(AWSEncryptionSDKClientError, match=words):
        sdk.decrypt(source=message, **keys, **more)


def test_round_trip_with_context(sdk, key, keys):
    message, header = sdk.encrypt(source=TEXT, encryption_context=CONTEXT, **keys(key["Arn"]))
    assert TEXT[:20] not in message and CONTEXT.items() <= header.encryption_context.items()
    assert [edk.key_provider.key_info for edk in header.encrypted_data_keys] == [key["Arn"].encode()]
    opened, header = sdk.decrypt(source=message, **keys(key["Arn"]))
    assert opened == TEXT and CONTEXT.items() <= header.encryption_context.items()


def test_what_one_wrote_the_other_reads(sdk, kms, key):
    for write, read in [(by_provider, by_keyring), (by_keyring, by_provider)]:
        message, _ = sdk.encrypt(source=TEXT, encryption_context=CONTEXT, **write(kms, key["Arn"]))
        assert sdk.decrypt(source=message, **read(kms, key["Arn"]))[0] == TEXT


def test_another_context_is_refused(sdk, key, keys):
    message, _ = sdk.encrypt(source=TEXT, encryption_context=CONTEXT, **keys(key["Arn"]))
    changed = message.replace(b"tenant-a", b"tenant-b", 1)
    assert changed != message
    # The data key was made under the context of the header, so it is KMS that refuses.
    refused(sdk, changed, keys(key["Arn"]))


def test_an_expected_context_that_differs_is_refused(sdk, kms, key):
    message, _ = sdk.encrypt(source=TEXT, encryption_context=CONTEXT, **by_keyring(kms, key["Arn"]))
    assert sdk.decrypt(source=message, encryption_context=CONTEXT, **by_keyring(kms, key["Arn"]))[0] == TEXT
    expected = dict(CONTEXT, tenant="tenant-b")
    refused(sdk, message, by_keyring(kms, key["Arn"]), "context does not match", encryption_context=expected)


def test_kms_itself_refuses_a_data_key_under_another_context(sdk, kms, key):
    """What the tests above see through the SDK, without it."""
    _, header = sdk.encrypt(source=TEXT, encryption_context=CONTEXT, **by_provider(kms, key["Arn"]))
    sealed = next(iter(header.encrypted_data_keys)).encrypted_data_key
    context = dict(header.encryption_context)
    assert len(kms.decrypt(CiphertextBlob=sealed, EncryptionContext=context)["Plaintext"]) == 32
    other = dict(context, tenant="tenant-b")
    assert refusal(kms.decrypt, CiphertextBlob=sealed, EncryptionContext=other)[0] == "InvalidCiphertextException"


def test_another_key_does_not_open(sdk, kms, key, keys):
    other = kms.create_key()["KeyMetadata"]
    message, _ = sdk.encrypt(source=TEXT, **keys(key["Arn"]))
    refused(sdk, message, keys(other["Arn"]))


def test_a_changed_body_does_not_open(sdk, key, keys):
    message, _ = sdk.encrypt(source=TEXT, **keys(key["Arn"]))
    middle = len(message) // 2
    changed = message[:middle] + bytes([message[middle] ^ 1]) + message[middle + 1:]
    with pytest.raises(InvalidTag):
        sdk.decrypt(source=changed, **keys(key["Arn"]))


def test_either_of_two_keys_opens(sdk, kms, key, keys):
    other = kms.create_key()["KeyMetadata"]
    message, header = sdk.encrypt(source=TEXT, encryption_context=CONTEXT, **keys(key["Arn"], other["Arn"]))
    assert len(header.encrypted_data_keys) == 2
    kms.disable_key(KeyId=key["KeyId"])
    assert sdk.decrypt(source=message, **keys(other["Arn"]))[0] == TEXT
    assert sdk.decrypt(source=message, **keys(key["Arn"], other["Arn"]))[0] == TEXT
    kms.disable_key(KeyId=other["KeyId"])
    refused(sdk, message, keys(key["Arn"], other["Arn"]))
    with pytest.raises(Exception, match="is disabled|generate data key"):
        sdk.encrypt(source=TEXT, **keys(key["Arn"]))


def test_discovery_asks_only_for_keys_of_the_accounts_that_it_may(sdk, kms, key):
    message, _ = sdk.encrypt(source=TEXT, **by_keyring(kms, key["Arn"]))
    assert sdk.decrypt(source=message, **by_discovery(kms, ACCOUNT))[0] == TEXT
    refused(sdk, message, by_discovery(kms, "999999999999"))


def test_messages_without_commitment_are_refused_where_it_is_required(sdk, key, keys):
    lenient = EncryptionSDKClient(commitment_policy=CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)
    uncommitted, header = lenient.encrypt(source=TEXT, **keys(key["Arn"]))
    assert not header.algorithm.is_committing()
    assert lenient.decrypt(source=uncommitted, **keys(key["Arn"]))[0] == TEXT
    refused(sdk, uncommitted, keys(key["Arn"]), "requiring only committed messages")
    committed, header = sdk.encrypt(source=TEXT, **keys(key["Arn"]))
    assert header.algorithm.is_committing()
    assert lenient.decrypt(source=committed, **keys(key["Arn"]))[0] == TEXT


def test_streams(sdk, key, keys):
    sealed, opened = io.BytesIO(), io.BytesIO()
    with sdk.stream(mode="e", source=io.BytesIO(TEXT), frame_length=1024, **keys(key["Arn"])) as source:
        sealed.writelines(source)
    with sdk.stream(mode="d", source=io.BytesIO(sealed.getvalue()), **keys(key["Arn"])) as source:
        opened.writelines(source)
    assert opened.getvalue() == TEXT


def test_cached_materials_spare_calls(sdk, kms, key):
    """One data key serves several messages, which open without the cache."""
    manager = CachingCryptoMaterialsManager(
        master_key_provider=by_provider(kms, key["Arn"])["key_provider"], cache=LocalCryptoMaterialsCache(10),
        max_age=60.0, max_messages_encrypted=10)
    messages = [sdk.encrypt(source=TEXT, encryption_context=CONTEXT, materials_manager=manager) for _ in range(3)]
    assert len({next(iter(header.encrypted_data_keys)) for _, header in messages}) == 1
    for message, _ in messages:
        assert sdk.decrypt(source=message, **by_provider(kms, key["Arn"]))[0] == TEXT


def test_a_key_that_is_not_there(sdk, keys):
    with pytest.raises(Exception, match="does not exist|generate data key"):
        sdk.encrypt(source=TEXT, **keys(f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000"))
