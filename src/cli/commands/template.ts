import { readFile } from 'node:fs/promises';
import { text as readText } from 'node:stream/consumers';
import { Option } from 'commander';
import { parseDocument } from 'yaml';
import type { TemplateEngine } from '../../api/index.ts';
import type { DefineCommand } from '../command.ts';
import { exitWith } from '../command.ts';
import { compilerFor } from '../../policy/index.ts';
import type { ReadPath, Template, Value } from '../../template/index.ts';
import { TemplateError } from '../../template/index.ts';
import type { ExitCode } from '../errors.ts';
import { EXIT, UsageError } from '../errors.ts';
import { examples, exitCodes } from '../help.ts';
import { goYaml, withGoNumbers } from '../manifests/go-yaml.ts';
import type { Output } from '../output.ts';
import { visibleExcerpt, visibleLine } from '../visible.ts';

export const define: DefineCommand = (command, { output }) => {
  const collect = (value: string, known: readonly string[] = []) => [...known, value];
  command
    .argument('[file]', 'the template; - for standard input')
    .option('-e, --expression <text>', 'the template itself')
    .option('--data <file>', 'YAML or JSON: all that the template sees')
    .option('--source <file>', 'the object that it sees as .source')
    .option('--reference <key=file>', 'an object that it sees as .references.<key>; may be repeated', collect)
    .addOption(
      new Option('--engine <language>', 'language of the template')
        .choices(['GoTemplate', 'Handlebars'] satisfies TemplateEngine[])
        .default('GoTemplate'),
    )
    .option('--reads', 'print which fields the template reads, instead of rendering it')
    .addHelpText(
      'after',
      exitCodes({
        0: 'the template was rendered',
        1: 'the template does not compile, or fails with this data',
        2: 'wrong use, or something cannot be read',
      }),
    )
    .addHelpText(
      'after',
      examples(
        `clusterpedia-import template -e '{{ .source.metadata.name | upper }}' --source cluster.yaml`,
        'clusterpedia-import template name.tmpl --source cluster.yaml --reference secret=secret.yaml',
        `kubectl get cluster c1 -o json | clusterpedia-import template -e '{{ .source.spec | toYaml }}' --source -`,
        `clusterpedia-import template --reads -e '{{ range .source.status.conditions }}{{ .type }}{{ end }}'`,
      ),
    )
    .action(
      exitWith((file: string | undefined, options: TemplateOptions) => renderTemplate(file, options, output)),
    );
};

export interface TemplateOptions {
  /** The template itself, instead of a file. */
  readonly expression?: string;
  /** File with everything that the template sees. */
  readonly data?: string;
  /** File with the object that it sees as `.source`. */
  readonly source?: string;
  /** `KEY=FILE`: objects that it sees as `.references.KEY`. */
  readonly reference?: readonly string[];
  readonly engine: TemplateEngine;
  /** Prints what the template reads, instead of rendering it. */
  readonly reads?: true;
}

/**
 * `template [FILE]`: renders one template with data. Exit 1 if it does not compile or does not render.
 * @throws {UsageError}
 */
export async function renderTemplate(
  file: string | undefined,
  options: TemplateOptions,
  output: Output,
  stdin: NodeJS.ReadableStream = process.stdin,
): Promise<ExitCode> {
  const input = new Input(stdin);
  const { name, text } = await templateText(file, options.expression, input);
  const data = await dataFor(options, input);
  try {
    const template = compilerFor(options.engine)(text);
    if (template.arityErrors.length > 0) {
      for (const error of template.arityErrors) printError(name, error, output);
      return EXIT.findings;
    }
    if (options.reads === true) for (const line of readLines(template)) output.line(visibleLine(line));
    else output.data(template.execute(data));
    return EXIT.good;
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    printError(name, error, output);
    return EXIT.findings;
  }
}

/** Files, and standard input, which can be read only once. */
class Input {
  readonly #stdin: NodeJS.ReadableStream;
  #stdinRead = false;

  constructor(stdin: NodeJS.ReadableStream) {
    this.#stdin = stdin;
  }

  async read(path: string): Promise<string> {
    if (path === '-') {
      if (this.#stdinRead) throw new UsageError('only one input can be -, standard input');
      this.#stdinRead = true;
      return readText(this.#stdin);
    }
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      throw new UsageError(
        `${path}: cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
}

async function templateText(
  file: string | undefined,
  expression: string | undefined,
  input: Input,
): Promise<{ readonly name: string; readonly text: string }> {
  if (file !== undefined && expression !== undefined)
    throw new UsageError('give the template as a file or with --expression, not both');
  if (expression !== undefined) return { name: 'template', text: expression };
  if (file === undefined)
    throw new UsageError('give the template as a file, as - (standard input) or with --expression');
  return { name: file === '-' ? 'stdin' : file, text: await input.read(file) };
}

async function dataFor({ data, source, reference = [] }: TemplateOptions, input: Input): Promise<Value> {
  if (data !== undefined && (source !== undefined || reference.length > 0))
    throw new UsageError('--data is all that the template sees; leave out --source and --reference');
  if (data !== undefined) return readValue(data, input);
  const references: [string, Value][] = [];
  for (const each of reference) {
    const [, key = '', file = ''] = /^([^=]+)=(.+)$/.exec(each) ?? [];
    if (key === '') throw new UsageError(`--reference ${each}: write it as KEY=FILE`);
    references.push([key, await readValue(file, input)]);
  }
  return {
    source: source === undefined ? undefined : await readValue(source, input),
    references: Object.fromEntries(references),
  };
}

async function readValue(path: string, input: Input): Promise<Value> {
  const document = parseDocument(await input.read(path), goYaml);
  const [problem] = document.errors;
  if (problem !== undefined) throw new UsageError(`${path}: ${problem.message.split('\n', 1)[0] ?? ''}`);
  return withGoNumbers(document.toJS({ maxAliasCount: 1000 })) as Value;
}

/** Prints an error as compilers do: place, message, the line, and a caret. */
function printError(name: string, error: TemplateError, { progress }: Output): void {
  progress(
    `${name}:${error.toString()} (${error.code})\n${visibleExcerpt(error.excerpt).replaceAll(/^/gm, '    ')}`,
  );
}

/**
 * Every part of the data that is read, once, with the place where it is read first. Parts of which only something below
 * is read are left out.
 */
function readLines({ readPaths }: Template): readonly string[] {
  const first = new Map<string, ReadPath>();
  for (const path of readPaths) {
    const text = `.${path.path.join('.')}`;
    if (!first.has(text)) first.set(text, path);
  }
  return [...first]
    .filter(
      ([text, { subtree }]) => subtree || ![...first.keys()].some((other) => other.startsWith(`${text}.`)),
    )
    .map(([text, { line, column }]) => `${text}  (${String(line)}:${String(column)})`);
}
