// KMS through @aws-sdk/client-kms.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { createHash } = require('node:crypto');
const {
  KMSClient, KMSServiceException, CreateKeyCommand, DescribeKeyCommand, DisableKeyCommand, EnableKeyCommand,
  EncryptCommand, DecryptCommand, GenerateDataKeyCommand, GenerateDataKeyWithoutPlaintextCommand, GenerateRandomCommand,
  CreateAliasCommand, DeleteAliasCommand, DisabledException, InvalidCiphertextException, NotFoundException,
  AlreadyExistsException, paginateListKeys,
} = require('@aws-sdk/client-kms');
const { account, options, refused, region, unique } = require('./clients.cjs');

const kms = new KMSClient(options);
const send = (command) => kms.send(command);
const newKey = async () => (await send(new CreateKeyCommand({ Description: 'node' }))).KeyMetadata;

test('a key lives', async () => {
  const key = await newKey();
  assert.equal(key.Arn, `arn:aws:kms:${region}:${account}:key/${key.KeyId}`);
  assert.ok(key.CreationDate instanceof Date && Math.abs(key.CreationDate - Date.now()) < 300_000);
  const described = await send(new DescribeKeyCommand({ KeyId: key.Arn }));
  assert.deepEqual(described.KeyMetadata, key);
  await send(new DisableKeyCommand({ KeyId: key.KeyId }));
  const encrypt = () => send(new EncryptCommand({ KeyId: key.KeyId, Plaintext: Buffer.from('x') }));
  await refused(encrypt, DisabledException, /is disabled\.$/);
  await send(new EnableKeyCommand({ KeyId: key.KeyId }));
  assert.ok((await encrypt()).CiphertextBlob.length > 0);
});

test('what is encrypted opens under its context only', async () => {
  const { KeyId, Arn } = await newKey();
  const EncryptionContext = { tenant: 'a', 'ключ': 'ünïcode' };
  const Plaintext = Buffer.from([0, 255, 16, 128]);
  const sealed = await send(new EncryptCommand({ KeyId, Plaintext, EncryptionContext }));
  assert.equal(sealed.KeyId, Arn);
  const { CiphertextBlob } = sealed;
  const opened = await send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
  assert.deepEqual(Buffer.from(opened.Plaintext), Plaintext);
  for (const other of [undefined, { ...EncryptionContext, tenant: 'b' }]) {
    const decrypt = () => send(new DecryptCommand({ CiphertextBlob, EncryptionContext: other }));
    await refused(decrypt, InvalidCiphertextException);
  }
});

test('data keys', async () => {
  const { KeyId } = await newKey();
  const key = await send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }));
  assert.equal(key.Plaintext.length, 32);
  const opened = await send(new DecryptCommand({ CiphertextBlob: key.CiphertextBlob, KeyId }));
  assert.deepEqual(opened.Plaintext, key.Plaintext);
  const sealed = await send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId, NumberOfBytes: 17 }));
  assert.equal((await send(new DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob }))).Plaintext.length, 17);
});

test('random bytes', async () => {
  const draw = async () => (await send(new GenerateRandomCommand({ NumberOfBytes: 1024 }))).Plaintext;
  const drawn = await Promise.all([draw(), draw(), draw()]);
  assert.deepEqual(drawn.map((bytes) => bytes.length), [1024, 1024, 1024]);
  assert.equal(new Set(drawn.map((bytes) => createHash('sha256').update(bytes).digest('hex'))).size, 3);
});

test('all keys, page by page', async () => {
  const made = await Promise.all([newKey(), newKey(), newKey()]);
  const listed = [];
  for await (const page of paginateListKeys({ client: kms, pageSize: 2 }, {})) {
    assert.ok(page.Keys.length <= 2);
    listed.push(...page.Keys.map((key) => key.KeyId));
  }
  assert.equal(new Set(listed).size, listed.length);
  for (const key of made) assert.ok(listed.includes(key.KeyId));
});

test('an alias names a key', async () => {
  const { KeyId, Arn } = await newKey();
  const AliasName = `alias/node-${unique()}`;
  await send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyId }));
  assert.equal((await send(new DescribeKeyCommand({ KeyId: AliasName }))).KeyMetadata.Arn, Arn);
  await refused(() => send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyId })), AlreadyExistsException);
  await send(new DeleteAliasCommand({ AliasName }));
  await refused(() => send(new DescribeKeyCommand({ KeyId: AliasName })), NotFoundException);
});

test('refusals', async () => {
  const KeyId = '00000000-0000-0000-0000-000000000000';
  await refused(() => send(new DescribeKeyCommand({ KeyId })), NotFoundException, new RegExp(`key/${KeyId}' does not exist`));
  await refused(() => send(new DecryptCommand({ CiphertextBlob: Buffer.from('junk') })), InvalidCiphertextException);
  // A stranger's secret: the signature does not match, and the SDK has no class of its own for that.
  const credentials = { accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: 'wrong' };
  const stranger = new KMSClient({ ...options, credentials });
  await refused(() => stranger.send(new DescribeKeyCommand({ KeyId })), KMSServiceException, /signature/);
});
