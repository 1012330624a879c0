// What every test starts from: clients that find the cluster as an application's do, by AWS_ENDPOINT_URL, AWS_REGION and
// the credentials in the environment.

const assert = require('node:assert/strict');
const { randomUUID } = require('node:crypto');

// One attempt, so that no answer of the service is hidden by a retry.
exports.options = { maxAttempts: 1 };
exports.account = process.env.LOCKSTEP_ACCOUNT;
exports.region = process.env.AWS_REGION;
exports.unique = () => randomUUID().slice(0, 13);

// Asserts that a call is refused with AWS's error, of the class that the SDK generates from AWS's model.
exports.refused = async (call, kind, message = /.*/s) => {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof kind, `${error.name}: ${error.message}`);
    assert.match(error.message, message);
    assert.ok(error.$metadata.requestId);
    return true;
  });
};
