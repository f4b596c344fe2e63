import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/policy/index.ts';
import {
  allowed,
  completeReview,
  decodeReview,
  denied,
  errored,
  exempt,
  limitWarnings,
  misdirection,
  patched,
  shed,
  timedOut,
} from '../../webhook/admission.ts';
import { CLUSTER_IMPORT_POLICY } from '../../src/api/index.ts';
import { admissionRequest, admissionReview } from './requests.ts';

const envelope = { uid: 'u-1', apiVersion: 'admission.k8s.io/v1' };
const respond = (response: Parameters<typeof completeReview>[1]) =>
  completeReview(envelope, response).response;

const misspelt: Finding = {
  severity: 'error',
  code: 'unknown-function',
  field: 'spec.template',
  line: 3,
  column: 16,
  message: 'function "b64decc" is not defined',
  suggestion: 'b64dec',
};
const missing: Finding = {
  severity: 'error',
  code: 'schema',
  field: 'spec.nameTemplate',
  message: 'is required',
};
const doubtful: Finding = {
  severity: 'warning',
  code: 'unknown-resource',
  field: 'spec.source.resource',
  message: 'clusters.a.io is not served yet',
};

describe('every answer', () => {
  test.each([
    ['allowed', allowed(), 200],
    ['exempt', exempt(), 200],
    ['patched', patched([{ op: 'add', path: '/a', value: 1 }]), 200],
    ['denied', denied(admissionRequest(), [misspelt]), 422],
    ['errored', errored(400, 'BadRequest', 'x'), 400],
    ['shed', shed(), 429],
    ['timed out', timedOut(4.5), 504],
  ])('that is %s echoes uid and version, and carries a code and the outcome', (outcome, response, code) => {
    const body = completeReview({ uid: 'u-2', apiVersion: 'admission.k8s.io/v1beta1' }, response);
    expect(body.apiVersion).toBe('admission.k8s.io/v1beta1');
    expect(body.kind).toBe('AdmissionReview');
    expect(body.response.uid).toBe('u-2');
    expect(body.response.allowed).toBe(code === 200);
    expect(body.response.status.code).toBe(code);
    expect(body.response.auditAnnotations['outcome']).toBe(outcome);
  });
});

describe('an admission', () => {
  test('says how many templates were rendered on trial', () => {
    expect(respond(allowed({ warnings: [], renderings: 12, gaps: 0 })).auditAnnotations).toEqual({
      outcome: 'allowed',
      'trial-renderings': '12',
    });
  });

  test('has no warnings where there are none', () => {
    expect(respond(allowed())).not.toHaveProperty('warnings');
  });

  test('carries a patch as base64 with its type', () => {
    const patch = [{ op: 'add' as const, path: '/metadata/finalizers', value: ['a'] }];
    const { patch: encoded = '', patchType } = respond(patched(patch));
    expect(JSON.parse(Buffer.from(encoded, 'base64').toString())).toEqual(patch);
    expect(patchType).toBe('JSONPatch');
  });

  test('carries no patch where nothing changes', () => {
    const response = respond(patched([]));
    expect(response).not.toHaveProperty('patch');
    expect(response).not.toHaveProperty('patchType');
  });
});

describe('a denial', () => {
  test('reads like a compiler, with the place and a suggestion', () => {
    const { status } = respond(denied(admissionRequest(), [misspelt]));
    expect(status).toEqual({
      status: 'Failure',
      code: 422,
      reason: 'Invalid',
      message: 'spec.template 3:16: function "b64decc" is not defined; did you mean "b64dec"?',
      details: {
        name: 'capi',
        group: 'policy.clusterpedia.io',
        kind: 'ClusterImportPolicy',
        causes: [
          {
            reason: 'FieldValueInvalid',
            field: 'spec.template',
            message: '3:16: function "b64decc" is not defined; did you mean "b64dec"?',
          },
        ],
      },
    });
  });

  test('lists all errors at once, one line and one cause each, and warns of the rest', () => {
    const response = respond(
      denied(admissionRequest(), [misspelt, missing, doubtful], {
        warnings: ['clusters.a.io is not served'],
        renderings: 0,
        gaps: 0,
      }),
    );
    expect(response.status.message).toBe(
      [
        '2 errors',
        '  spec.template 3:16: function "b64decc" is not defined; did you mean "b64dec"?',
        '  spec.nameTemplate: is required',
      ].join('\n'),
    );
    expect(response.status.details).toMatchObject({
      causes: [{ field: 'spec.template' }, { field: 'spec.nameTemplate', message: 'is required' }],
    });
    expect(response.warnings).toEqual(['clusters.a.io is not served']);
  });

  test('stays readable where there is much to complain about', () => {
    const many = Array.from({ length: 150 }, (_, index) => ({
      ...missing,
      field: `spec.references[${String(index)}]`,
    }));
    const { status } = respond(denied(admissionRequest(), many));
    expect(status.message?.split('\n')).toHaveLength(22);
    expect(status.message?.split('\n').at(-1)).toBe('  and 130 more');
    expect((status.details as { causes: unknown[] }).causes).toHaveLength(100);
  });

  test('of a deletion is forbidden, not invalid: there is nothing in the request to correct', () => {
    const { status } = respond(denied(admissionRequest({ operation: 'DELETE' }), [missing]));
    expect(status).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message: 'spec.nameTemplate: is required',
    });
    expect(status.details).not.toHaveProperty('causes');
  });
});

describe('a request that is turned away', () => {
  test.each([
    ['under load', shed(), 429, 'TooManyRequests'],
    ['for want of time', timedOut(4.5), 504, 'Timeout'],
  ])('%s tells clients to come again', (_case, response, code, reason) => {
    expect(respond(response).status).toMatchObject({ code, reason, details: { retryAfterSeconds: 1 } });
  });

  test('for want of time says how much there was', () => {
    expect(respond(timedOut(4.5)).status.message).toContain('within 4.5 s');
  });
});

describe('warnings', () => {
  test('are single lines of at most 256 characters', () => {
    const [warning = ''] = limitWarnings([`spec.template:\n\t${'é'.repeat(300)}`]);
    expect(warning).toHaveLength(256);
    expect(warning).toMatch(/^spec\.template: é+…$/);
  });

  test.each(['; did you mean "lower"?', '; write "Ready" in quotes for text'])(
    'are cut in their middle, before what they suggest: %s',
    (suggestion) => {
      const [warning = ''] = limitWarnings([`spec.template: ${'é'.repeat(3000)}${suggestion}`]);
      expect(warning).toHaveLength(256);
      expect(warning).toMatch(/^spec\.template: é+…; /);
      expect(warning.endsWith(`…${suggestion}`)).toBe(true);
    },
  );

  test('are not cut inside a character', () => {
    const [warning = ''] = limitWarnings(['🦜'.repeat(300)]);
    expect(Array.from(warning)).toHaveLength(256);
    expect(warning.isWellFormed()).toBe(true);
  });

  test('are few: the first ones, and how many more there are', () => {
    const warnings = limitWarnings(Array.from({ length: 30 }, (_, index) => `w${String(index)}`));
    expect(warnings).toEqual(['w0', 'w1', 'w2', 'w3', 'w4', 'w5', 'w6', 'and 23 more warnings']);
  });

  test('are not repeated', () => {
    expect(limitWarnings(['a', 'b', 'a'])).toEqual(['a', 'b']);
  });

  test('together stay below what Kubernetes lets through, whatever the alphabet', () => {
    const warnings = limitWarnings(
      Array.from({ length: 50 }, (_, index) => `${String(index)}${'🦜'.repeat(500)}`),
    );
    expect(Buffer.byteLength(warnings.join(''))).toBeLessThan(4096);
  });
});

describe('a review that arrives', () => {
  test('is decoded, fields that are not known included', () => {
    const body = { ...admissionReview(), extra: 1 };
    expect(decodeReview(body)).toEqual({
      envelope: { uid: body.request.uid, apiVersion: 'admission.k8s.io/v1' },
      request: body.request,
    });
  });

  const change = (path: string, value: unknown): unknown => {
    const body = structuredClone(admissionReview()) as unknown as Record<string, Record<string, unknown>>;
    const [first = '', second] = path.split('.');
    if (second === undefined) return { ...body, [first]: value };
    return { ...body, [first]: { ...body[first], [second]: value } };
  };

  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'AdmissionReview must be object'],
    ['null', null, 'AdmissionReview must be object'],
    ['a list', [], 'AdmissionReview must be object'],
    ['a text', 'review', 'AdmissionReview must be object'],
    ['an empty object', {}, "AdmissionReview must have required property 'apiVersion'"],
    [
      'the version before',
      change('apiVersion', 'admission.k8s.io/v1beta1'),
      'AdmissionReview apiVersion must be "admission.k8s.io/v1"',
    ],
    ['another kind', change('kind', 'ConversionReview'), 'AdmissionReview kind must be "AdmissionReview"'],
    ['no request', change('request', null), 'AdmissionReview request must be object'],
    ['no uid', change('request.uid', undefined), "AdmissionReview request must have required property 'uid'"],
    [
      'an empty uid',
      change('request.uid', ''),
      'AdmissionReview request.uid must NOT have fewer than 1 characters',
    ],
    ['a number for a uid', change('request.uid', 7), 'AdmissionReview request.uid must be string'],
    [
      'no operation',
      change('request.operation', 'READ'),
      'AdmissionReview request.operation must be equal to one of the allowed values',
    ],
    [
      'a kind in one text',
      change('request.kind', 'ClusterImportPolicy'),
      'AdmissionReview request.kind must be object',
    ],
    ['a list for an object', change('request.object', []), 'AdmissionReview request.object must be object'],
    [
      'groups that are no list',
      change('request.userInfo', { groups: 'admin' }),
      'AdmissionReview request.userInfo.groups must be array',
    ],
  ])('as %s is answered with what is wrong', (_case, body, message) => {
    const decoded = decodeReview(body);
    expect('failure' in decoded && decoded.failure.refusal).toEqual({
      code: 400,
      reason: 'BadRequest',
      message,
    });
  });

  test.each<[string, unknown, object]>([
    [
      'both',
      change('kind', 'x'),
      { uid: '7f0c0d0e-1111-2222-3333-444455556666', apiVersion: 'admission.k8s.io/v1' },
    ],
    [
      'an older version',
      change('apiVersion', 'admission.k8s.io/v1beta1'),
      { uid: '7f0c0d0e-1111-2222-3333-444455556666', apiVersion: 'admission.k8s.io/v1beta1' },
    ],
    ['no uid', {}, { uid: '', apiVersion: 'admission.k8s.io/v1' }],
    ['a version of something else', change('apiVersion', 'v1'), { apiVersion: 'admission.k8s.io/v1' }],
  ])('malformed is answered with as much as could be read: %s', (_case, body, expected) => {
    expect(decodeReview(body).envelope).toMatchObject(expected);
  });
});

describe('a request for something else', () => {
  test.each([
    ['another group', { kind: { group: 'apps', version: 'v1', kind: 'ClusterImportPolicy' } }],
    [
      'another kind',
      { kind: { group: 'policy.clusterpedia.io', version: 'v1alpha1', kind: 'PediaClusterLifecycle' } },
    ],
    [
      'another resource',
      { resource: { group: 'policy.clusterpedia.io', version: 'v1alpha1', resource: 'pods' } },
    ],
    ['a connection', { operation: 'CONNECT' as const }],
  ])('(%s) says that the rules are wrong', (_case, changes) => {
    expect(misdirection(admissionRequest(changes), CLUSTER_IMPORT_POLICY)).toMatch(
      /^this webhook judges ClusterImportPolicy of policy\.clusterpedia\.io, not .*; correct the rules/,
    );
  });

  test('is told from one for a policy', () => {
    expect(misdirection(admissionRequest(), CLUSTER_IMPORT_POLICY)).toBeUndefined();
  });
});
