import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configSchema } from '../../config/index.ts';
import { configFields } from '../../config/schema.ts';
import { KUSTOMIZE } from '../kustomize/manifests.ts';
import { page, pages } from './pages.ts';
import { servedMetrics } from './metrics.ts';

const rules = parse(readFileSync(join(KUSTOMIZE, 'components/prometheus/rules.yaml'), 'utf8')) as {
  readonly spec: { readonly groups: readonly { readonly rules: readonly { readonly alert: string }[] }[] };
};
const alerts = rules.spec.groups.flatMap((group) => group.rules).map(({ alert }) => alert);

describe('docs/operating.md', () => {
  it('says what to do for each alert, and for no other', () => {
    const rows = [...page('docs/operating.md').text.matchAll(/^\| `(Clusterpedia\w+)` /gm)];
    expect(rows.map(([, alert]) => alert)).toEqual(alerts);
  });
});

describe('what the pages name in passing', async () => {
  const prose = pages()
    .filter(({ path }) => path !== 'CHANGELOG.md')
    .map(({ text }) => text)
    .join('\n');
  const named = (pattern: RegExp) =>
    [...new Set([...prose.matchAll(pattern)].map(([, word = '']) => word))].sort();

  const served = await servedMetrics();
  const metrics = new Set([...served.controller, ...served.webhook].map(({ name }) => name));
  it.each(named(/`((?:clusterpedia_import|workqueue|controller_runtime|rest_client)_[a-z_]+)/g))(
    'is a metric: %s',
    (name) => {
      expect(metrics).toContain(name);
    },
  );

  const fields = new Set(
    configFields(configSchema).flatMap(({ path }) =>
      path.map((_, index) => path.slice(0, index + 1).join('.')),
    ),
  );
  it.each(named(/`((?:webhook|controller)\.[a-z][A-Za-z.]+)`/g).filter((name) => !name.endsWith('.ts')))(
    'is a setting: %s',
    (name) => {
      expect(fields).toContain(name);
    },
  );

  it.each(named(/`((?:policy|rbac)\.clusterpedia\.io\/[a-z-]{3,})/g))(
    'is a label, an annotation or a finalizer: %s',
    (name) => {
      expect(page('docs/reference/names.md').text).toContain(name);
    },
  );
});
