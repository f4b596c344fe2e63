import { describe, expect, it } from 'vitest';
import { addPath, emptyTree } from '../../../src/policy/path-tree.ts';
import { SYNTHETIC_VARIANTS, synthesize } from '../../../src/policy/trial/synthetic.ts';

const schema = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['rows'],
      properties: { rows: { type: 'array', items: { type: 'array', items: { type: 'string' } } } },
    },
  },
} as const;

function readsOfRows() {
  const reads = emptyTree();
  addPath(reads, ['spec', 'rows', '0', '1'], true);
  return reads;
}

describe('made-up objects', () => {
  it.each(SYNTHETIC_VARIANTS)('of the variant %s leave what is read as it was', (variant) => {
    const reads = readsOfRows();
    synthesize(variant, { apiVersion: 'a/v1', kind: 'A', reads, schema });
    expect(reads).toEqual(readsOfRows());
  });

  it('have as many items as an index asks for, whichever variant was made before', () => {
    const reads = readsOfRows();
    for (const variant of [...SYNTHETIC_VARIANTS, 'full'] as const) {
      const { spec } = synthesize(variant, { apiVersion: 'a/v1', kind: 'A', reads, schema });
      if (variant === 'full') expect(spec).toEqual({ rows: [['synthetictxt', 'synthetictxt']] });
    }
  });
});
