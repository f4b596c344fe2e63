import { expect, it } from 'vitest';
import { refusalOf } from '../../controller/writes/writer.ts';
import { KubeError } from '../../src/kube/index.ts';

const refused = (status: number, reason: string, causes: readonly { readonly field: string }[] = []) =>
  new KubeError({
    status,
    reason,
    message: 'PediaCluster "x" is refused: spec.tokenData: Invalid value: "c2VjcmV0"',
    details: { kind: 'pediaclusters', causes },
    request: 'PATCH /apis/cluster.clusterpedia.io/v1alpha2/pediaclusters/x',
  });

it.each([
  [
    'an invalid object, for good, naming the fields and no value',
    refused(422, 'Invalid', [{ field: 'spec.tokenData' }]),
    {
      mayPass: false,
      reason: 'Invalid',
      message: 'PATCH of the pediaclusters was refused as invalid: spec.tokenData',
    },
  ],
  [
    'a request that makes no sense, for good',
    refused(400, 'BadRequest'),
    { mayPass: false, reason: 'Refused', message: 'PATCH of the pediaclusters was refused as invalid' },
  ],
  [
    'a missing right or a quota, until somebody grants it',
    refused(403, 'Forbidden'),
    { mayPass: true, reason: 'Forbidden', message: 'PATCH of the pediaclusters is not allowed' },
  ],
])('the API server refuses %s', (_, error, { mayPass, reason, message }) => {
  expect(refusalOf(error)).toEqual({ problem: { reason, message, failed: true }, mayPass });
});

it.each([
  ['a conflict', refused(409, 'Conflict')],
  ['a server that is busy', refused(429, 'TooManyRequests')],
  ['a server in trouble', refused(500, 'InternalError')],
  ['a broken connection', new Error('reset')],
])('%s is no refusal', (_, error) => {
  expect(refusalOf(error)).toBeUndefined();
});
