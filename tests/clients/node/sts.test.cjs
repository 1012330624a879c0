// STS through @aws-sdk/client-sts, which speaks AWS Query.

const { test } = require('node:test');
const assert = require('node:assert/strict');
const { STSClient, STSServiceException, GetCallerIdentityCommand } = require('@aws-sdk/client-sts');
const { account, options, refused } = require('./clients.cjs');

test('the caller', async () => {
  const { Account, Arn, UserId } = await new STSClient(options).send(new GetCallerIdentityCommand({}));
  assert.deepEqual({ Account, Arn, UserId }, { Account: account, Arn: `arn:aws:iam::${account}:root`, UserId: account });
});

test('a stranger', async () => {
  const credentials = { accessKeyId: 'AKIANOBODYKNOWSTHIS0', secretAccessKey: 'wrong' };
  const stranger = new STSClient({ ...options, credentials });
  await refused(() => stranger.send(new GetCallerIdentityCommand({})), STSServiceException, /security token/);
});
