import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { TemplateOptions } from '../../src/cli/commands/template.ts';
import { renderTemplate } from '../../src/cli/commands/template.ts';
import { folderWith, keptOutput } from './workspace.ts';

async function run(options: Partial<TemplateOptions>, file?: string, stdin = '') {
  const output = keptOutput();
  const code = await renderTemplate(
    file,
    { engine: 'GoTemplate', ...options },
    output,
    Readable.from([stdin]),
  );
  return { code, stdout: output.lines.join('\n'), stderr: output.messages.join('\n') };
}

const SOURCE = 'metadata: { name: one }\nspec: { port: 6443, big: 9007199254740993, flag: yes }\n';

describe('template', () => {
  it('renders a template with a source and references', async () => {
    const folder = await folderWith({
      'source.yaml': SOURCE,
      'secret.json': '{"data": {"token": "dA=="}}',
      'name.tmpl': '{{ .source.metadata.name }}:{{ .references.auth.data.token | b64dec }}',
    });
    const result = await run(
      { source: join(folder, 'source.yaml'), reference: [`auth=${join(folder, 'secret.json')}`] },
      join(folder, 'name.tmpl'),
    );
    expect(result).toEqual({ code: 0, stdout: 'one:t', stderr: '' });
  });

  it('renders a template with all of its data, and reads numbers as Kubernetes does', async () => {
    expect(
      await run(
        { expression: '{{ printf "%d %d %v" .spec.port .spec.big .spec.flag }}', data: '-' },
        undefined,
        SOURCE,
      ),
    ).toEqual({
      code: 0,
      stdout: '6443 9007199254740993 true',
      stderr: '',
    });
  });

  it('reads the template from standard input', async () => {
    expect((await run({}, '-', '{{ add 1 2 }}')).stdout).toBe('3');
  });

  it('renders a missing value as nothing', async () => {
    expect((await run({ expression: '[{{ .source.absent }}]' })).stdout).toBe('[]');
  });

  it.each([
    [
      'an unknown function',
      '{{ "a" | uper }}',
      'template:1:10: function "uper" is not defined; did you mean "upper"? (unknown-function)\n    {{ "a" | uper }}\n             ^',
    ],
    ['a wrong number of arguments', '{{ upper }}', /^template:1:4: .*\(wrong-argument-count\)/],
    ['an error of the run', '{{ index .source.list 3 }}', /^template:1:4: /],
  ])('prints %s as a compiler does, and exits 1', async (_case, expression, message) => {
    const { code, stdout, stderr } = await run(
      { expression, data: '-' },
      undefined,
      '{"source": {"list": []}}',
    );
    expect(code).toBe(1);
    expect(stdout).toBe('');
    if (typeof message === 'string') expect(stderr).toBe(message);
    else expect(stderr).toMatch(message);
  });

  it('names the file of a template that is one', async () => {
    const folder = await folderWith({ 'broken.tmpl': 'line\n{{ end }}' });
    expect((await run({}, join(folder, 'broken.tmpl'))).stderr).toMatch(/broken\.tmpl:2:8: /);
  });

  it('prints what a template reads', async () => {
    const expression =
      '{{ .source.spec.port }}{{ range .source.list }}{{ .type }}{{ end }}{{ toYaml .references.a.data }}{{ .source.spec.port }}';
    expect((await run({ expression, reads: true })).stdout.split('\n')).toEqual([
      '.source.spec.port  (1:11)',
      '.source.list.*.type  (1:51)',
      '.references.a.data  (1:89)',
    ]);
  });

  it.each([
    ['no template', {}, undefined, 'give the template as a file, as - (standard input) or with --expression'],
    ['two templates', { expression: 'a' }, 'b', 'give the template as a file or with --expression, not both'],
    [
      'two kinds of data',
      { expression: 'a', data: 'x', source: 'y' },
      undefined,
      '--data is all that the template sees',
    ],
    [
      'a reference without a key',
      { expression: 'a', reference: ['file.yaml'] },
      undefined,
      '--reference file.yaml: write it as KEY=FILE',
    ],
    ['two inputs from standard input', { source: '-' }, '-', 'only one input can be -, standard input'],
    [
      'a file that is not there',
      { expression: 'a', source: '/nowhere.yaml' },
      undefined,
      '/nowhere.yaml: cannot be read: ENOENT',
    ],
    ['data that is not YAML', { expression: 'a', data: '-' }, undefined, '-: '],
  ])('refuses %s', async (_case, options, file, message) => {
    await expect(run(options, file, 'a: b: c')).rejects.toThrow(message);
  });
});
