// Secrets Manager through @aws-sdk/client-secrets-manager.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { randomUUID } = require('node:crypto');
const {
  SecretsManagerClient, CreateSecretCommand, GetSecretValueCommand, PutSecretValueCommand, DescribeSecretCommand,
  UpdateSecretVersionStageCommand, DeleteSecretCommand, RestoreSecretCommand, GetRandomPasswordCommand,
  ListSecretVersionIdsCommand, ResourceNotFoundException, ResourceExistsException, InvalidRequestException,
  paginateListSecrets,
} = require('@aws-sdk/client-secrets-manager');
const { account, options, refused, region, unique } = require('./clients.cjs');

const service = new SecretsManagerClient(options);
const send = (command) => service.send(command);
const create = (Name, SecretString) => send(new CreateSecretCommand({ Name, SecretString }));
const put = (SecretId, SecretString, more = {}) => send(new PutSecretValueCommand({ SecretId, SecretString, ...more }));
const get = (SecretId, more = {}) => send(new GetSecretValueCommand({ SecretId, ...more }));

test('a secret and its versions', async () => {
  const name = `node/${unique()}`;
  const created = await create(name, 'first');
  assert.match(created.ARN, new RegExp(`^arn:aws:secretsmanager:${region}:${account}:secret:${name}-[A-Za-z0-9]{6}$`));
  await refused(() => create(name, 'again'), ResourceExistsException);
  const got = await get(name);
  assert.deepEqual([got.SecretString, got.VersionStages, got.VersionId], ['first', ['AWSCURRENT'], created.VersionId]);
  assert.ok(got.CreatedDate instanceof Date && Math.abs(got.CreatedDate - Date.now()) < 300_000);
  const second = await put(name, 'second');
  assert.equal((await get(created.ARN)).SecretString, 'second');
  assert.equal((await get(name, { VersionStage: 'AWSPREVIOUS' })).SecretString, 'first');
  assert.equal((await get(name, { VersionId: created.VersionId })).SecretString, 'first');
  const { VersionIdsToStages } = await send(new DescribeSecretCommand({ SecretId: name }));
  assert.deepEqual(VersionIdsToStages, { [created.VersionId]: ['AWSPREVIOUS'], [second.VersionId]: ['AWSCURRENT'] });
  const { Versions } = await send(new ListSecretVersionIdsCommand({ SecretId: name }));
  assert.deepEqual(Versions.map((version) => version.VersionId).sort(), [created.VersionId, second.VersionId].sort());
});

test('bytes', async () => {
  const SecretBinary = Buffer.from([0, 255, 16]);
  const { ARN } = await send(new CreateSecretCommand({ Name: `node/${unique()}`, SecretBinary }));
  const got = await get(ARN);
  assert.deepEqual([Buffer.from(got.SecretBinary), got.SecretString], [SecretBinary, undefined]);
});

test('a stage moves', async () => {
  const name = `node/${unique()}`;
  const first = (await create(name, 'old')).VersionId;
  const pending = (await put(name, 'new', { VersionStages: ['AWSPENDING'] })).VersionId;
  assert.equal((await get(name)).SecretString, 'old');
  const move = { SecretId: name, VersionStage: 'AWSCURRENT', MoveToVersionId: pending, RemoveFromVersionId: first };
  await send(new UpdateSecretVersionStageCommand(move));
  assert.equal((await get(name)).SecretString, 'new');
  assert.equal((await get(name, { VersionStage: 'AWSPREVIOUS' })).SecretString, 'old');
});

test('the same token acts once, and only for the same value', async () => {
  const name = `node/${unique()}`;
  await create(name, 'first');
  const ClientRequestToken = randomUUID();
  const once = await put(name, 'second', { ClientRequestToken });
  const twice = await put(name, 'second', { ClientRequestToken });
  assert.deepEqual([once.VersionId, twice.VersionId], [ClientRequestToken, ClientRequestToken]);
  await refused(() => put(name, 'third', { ClientRequestToken }), ResourceExistsException);
  assert.equal((await get(name)).SecretString, 'second');
});

test('a deleted secret comes back', async () => {
  const name = `node/${unique()}`;
  await create(name, 'hush');
  const deleted = await send(new DeleteSecretCommand({ SecretId: name, RecoveryWindowInDays: 7 }));
  assert.ok(deleted.DeletionDate instanceof Date && deleted.DeletionDate > Date.now() + 6 * 86_400_000);
  await refused(() => get(name), InvalidRequestException);
  await send(new RestoreSecretCommand({ SecretId: name }));
  assert.equal((await get(name)).SecretString, 'hush');
});

test('listed by name', async () => {
  const root = `node-${unique()}`;
  await Promise.all(['a', 'b', 'c'].map((name) => create(`${root}/${name}`, 'v')));
  const listed = [];
  const Filters = [{ Key: 'name', Values: [root] }];
  for await (const page of paginateListSecrets({ client: service, pageSize: 2 }, { Filters })) {
    listed.push(...page.SecretList.map((secret) => secret.Name));
  }
  assert.deepEqual(listed.sort(), ['a', 'b', 'c'].map((name) => `${root}/${name}`));
});

test('a random password', async () => {
  const { RandomPassword } = await send(new GetRandomPasswordCommand({ PasswordLength: 40, ExcludePunctuation: true }));
  assert.match(RandomPassword, /^[A-Za-z0-9]{40}$/);
});

test('a secret that is not there', async () => {
  await refused(() => get(`node/${unique()}`), ResourceNotFoundException, /can't find the specified secret/);
});
