// Parameter Store through @aws-sdk/client-ssm.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const {
  SSMClient, PutParameterCommand, GetParameterCommand, GetParametersCommand, DeleteParameterCommand,
  DeleteParametersCommand, GetParameterHistoryCommand, LabelParameterVersionCommand, ParameterAlreadyExists,
  ParameterNotFound, ParameterVersionNotFound, InvalidKeyId, paginateGetParametersByPath, paginateDescribeParameters,
} = require('@aws-sdk/client-ssm');
const { account, options, refused, region, unique } = require('./clients.cjs');

const ssm = new SSMClient(options);
const send = (command) => ssm.send(command);
const put = (Name, Value, more = {}) => send(new PutParameterCommand({ Name, Value, Type: 'String', ...more }));
const get = async (Name, more = {}) => (await send(new GetParameterCommand({ Name, ...more }))).Parameter;

test('a parameter and its versions', async () => {
  const name = `/node-${unique()}/a`;
  assert.equal((await put(name, '1')).Version, 1);
  await refused(() => put(name, '2'), ParameterAlreadyExists);
  assert.equal((await put(name, '2', { Overwrite: true })).Version, 2);
  const got = await get(name);
  assert.deepEqual([got.Value, got.Version, got.Type, got.DataType], ['2', 2, 'String', 'text']);
  assert.equal(got.ARN, `arn:aws:ssm:${region}:${account}:parameter${name}`);
  assert.ok(got.LastModifiedDate instanceof Date && Math.abs(got.LastModifiedDate - Date.now()) < 300_000);
  assert.equal((await get(`${name}:1`)).Value, '1');
  await refused(() => get(`${name}:9`), ParameterVersionNotFound);
  await send(new DeleteParameterCommand({ Name: name }));
  await refused(() => get(name), ParameterNotFound);
});

test('a secure string', async () => {
  const name = `node-${unique()}`;
  await put(name, 'hüsh', { Type: 'SecureString' });
  assert.equal((await get(name, { WithDecryption: true })).Value, 'hüsh');
  const sealed = (await get(name)).Value;
  assert.ok(!Buffer.from(sealed, 'base64').includes('hüsh'));
  await refused(() => put(`${name}-x`, 'v', { Type: 'SecureString', KeyId: 'alias/none' }), InvalidKeyId);
});

test('several at once', async () => {
  const root = `/node-${unique()}`;
  await Promise.all([put(`${root}/a`, '1'), put(`${root}/b`, 'x,y', { Type: 'StringList' })]);
  const got = await send(new GetParametersCommand({ Names: [`${root}/a`, `${root}/b`, `${root}/none`] }));
  assert.deepEqual(got.Parameters.map((parameter) => parameter.Value).sort(), ['1', 'x,y']);
  assert.deepEqual(got.InvalidParameters, [`${root}/none`]);
  const gone = await send(new DeleteParametersCommand({ Names: [`${root}/a`, `${root}/none`] }));
  assert.deepEqual([gone.DeletedParameters, gone.InvalidParameters], [[`${root}/a`], [`${root}/none`]]);
});

test('by path, page by page', async () => {
  const root = `/node-${unique()}`;
  const names = Array.from({ length: 13 }, (_, n) => `${root}/${String(n).padStart(2, '0')}`);
  await Promise.all(names.map((name) => put(name, name)));
  const listed = [];
  for await (const page of paginateGetParametersByPath({ client: ssm, pageSize: 5 }, { Path: root })) {
    assert.ok(page.Parameters.length <= 5);
    listed.push(...page.Parameters.map((parameter) => parameter.Name));
  }
  assert.deepEqual(listed, names);
});

test('history and labels', async () => {
  const name = `/node-${unique()}/labelled`;
  await put(name, '1');
  await put(name, '2', { Overwrite: true });
  const labelled = await send(new LabelParameterVersionCommand({ Name: name, ParameterVersion: 1, Labels: ['good', 'aws-no'] }));
  assert.deepEqual([labelled.ParameterVersion, labelled.InvalidLabels], [1, ['aws-no']]);
  assert.equal((await get(`${name}:good`)).Value, '1');
  await refused(() => get(`${name}:bad`), ParameterVersionNotFound);
  const { Parameters } = await send(new GetParameterHistoryCommand({ Name: name }));
  assert.deepEqual(Parameters.map(({ Version, Value, Labels }) => [Version, Value, Labels ?? []]), [[1, '1', ['good']], [2, '2', []]]);
});

test('described by name', async () => {
  const root = `/node-${unique()}`;
  await Promise.all([put(`${root}/a`, '1', { Description: 'first' }), put(`${root}/b`, '2')]);
  const ParameterFilters = [{ Key: 'Name', Option: 'BeginsWith', Values: [root] }];
  const found = [];
  for await (const page of paginateDescribeParameters({ client: ssm, pageSize: 1 }, { ParameterFilters })) {
    found.push(...page.Parameters);
  }
  const shown = found.map(({ Name, Description }) => [Name, Description]).sort();
  assert.deepEqual(shown, [[`${root}/a`, 'first'], [`${root}/b`, undefined]]);
});
