import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { MUTATE_PATH, VALIDATE_PATH } from '../../webhook/configuration.ts';
import { admissionReview, policy, validSpec } from './requests.ts';
import { testApp } from './server.ts';

async function startApp() {
  const { app, log } = await testApp();
  onTestFinished(() => app.close());
  const send = async (path: string, payload: string | Buffer) => {
    const answer = await app.inject({
      method: 'POST',
      url: path,
      headers: { 'content-type': 'application/json' },
      payload,
    });
    return { code: answer.statusCode, body: answer.json<Record<string, unknown>>() };
  };
  return { send, log };
}

interface Sent {
  readonly code: number;
  readonly body: Record<string, unknown>;
}

/** An answer is a review, or a Status that blames the request; never a fault of ours. */
function expectSound({ code, body }: Sent, log: string): void {
  expect(log).not.toContain('review failed');
  expect(log).not.toContain('request failed');
  if (code === 200) {
    expect(body).toMatchObject({
      kind: 'AdmissionReview',
      response: { allowed: expect.any(Boolean) as boolean },
    });
  } else {
    expect(code).toBe(400);
    expect(body).toMatchObject({ kind: 'Status', code: 400 });
  }
}

const path = fc.constantFrom(VALIDATE_PATH, MUTATE_PATH);
const anything = fc.jsonValue({ maxDepth: 4, noUnicodeString: false });

/** The value with whatever stands at one or more of its paths replaced by something else. */
function damaged(value: unknown): fc.Arbitrary<unknown> {
  const paths: string[][] = [];
  const walk = (node: unknown, at: string[]): void => {
    paths.push(at);
    if (typeof node === 'object' && node !== null) {
      for (const [key, child] of Object.entries(node)) walk(child, [...at, key]);
    }
  };
  walk(value, []);
  const damage = fc.array(fc.tuple(fc.constantFrom(...paths), fc.option(anything, { nil: undefined })), {
    minLength: 1,
    maxLength: 3,
  });
  return damage.map((changes) => changes.reduce((result, [at, to]) => replaced(result, at, to), value));
}

function replaced(value: unknown, [key, ...rest]: readonly string[], to: unknown): unknown {
  if (key === undefined) return to;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === key ? replaced(item, rest, to) : (item as unknown)));
  const current = (value as Record<string, unknown>)[key];
  return { ...value, [key]: replaced(current, rest, to) };
}

describe('whatever is posted is answered', () => {
  test('bytes', async () => {
    const { send, log } = await startApp();
    await fc.assert(
      fc.asyncProperty(path, fc.uint8Array({ maxLength: 200 }), async (to, bytes) => {
        expectSound(await send(to, Buffer.from(bytes)), log());
      }),
      { numRuns: 100 },
    );
  });

  test('JSON', async () => {
    const { send, log } = await startApp();
    await fc.assert(
      fc.asyncProperty(path, fc.json(), async (to, text) => {
        expectSound(await send(to, text), log());
      }),
      { numRuns: 100 },
    );
  });

  test('reviews with something else in places', async () => {
    const { send, log } = await startApp();
    const operation = fc.constantFrom('CREATE', 'UPDATE', 'DELETE', 'CONNECT');
    const review = operation.chain((op) =>
      damaged(
        admissionReview({ operation: op as 'CREATE', oldObject: policy({ ...validSpec, suspend: true }) }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(path, review, async (to, body) => {
        const sent = JSON.stringify(body) ?? '';
        const answer = await send(to, sent);
        expectSound(answer, log());
        const uid = (body as { request?: { uid?: unknown } } | null | undefined)?.request?.uid;
        if (answer.code === 200 && typeof uid === 'string' && uid !== '') {
          expect(answer.body).toMatchObject({ response: { uid: uid.slice(0, 1024) } });
        }
      }),
      { numRuns: 400 },
    );
  });

  test('policies with any text for templates', async () => {
    const { send, log } = await startApp();
    const piece = fc.constantFrom(
      '{{',
      '}}',
      '{{-',
      '-}}',
      ' .source ',
      '.references.kubeconfig',
      ' | ',
      'b64dec',
      '(',
      ')',
      '"',
      '`',
      '\n',
      ': ',
      '- ',
      '&a ',
      '*a',
      'range',
      'end',
      'if',
      'else',
      'with',
      'define "a"',
      'template "a" .',
      'nil',
      '$',
      ':=',
      '...',
      'spec:',
      ' syncResources: []',
      '\t',
      '{{/*',
      '*/}}',
      '---\n',
      '!!js',
      '%',
      '\u0000',
      '🦜',
      '1e999',
      '-9223372036854775808',
    );
    const text = fc.oneof(
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
      fc.string({ unit: 'grapheme' }),
    );
    const spec = fc.record(
      {
        template: text,
        nameTemplate: text,
        creationCondition: text,
        deletionCondition: text,
        source: fc.record(
          { group: text, resource: text, selectorTemplate: text, labelSelector: text },
          { requiredKeys: ['group', 'resource'] },
        ),
        templateEngine: fc.constantFrom('GoTemplate', 'Handlebars'),
      },
      { requiredKeys: ['template', 'nameTemplate', 'source'] },
    );
    await fc.assert(
      fc.asyncProperty(spec, async (made) => {
        const answer = await send(
          VALIDATE_PATH,
          JSON.stringify(admissionReview({ object: policy({ ...validSpec, ...made }) })),
        );
        expectSound(answer, log());
        expect(answer.code).toBe(200);
      }),
      { numRuns: 300 },
    );
  });
});
