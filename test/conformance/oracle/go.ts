import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Case } from '../cases.ts';

/*
 * Builds Go programs of this folder with Debian's Go and packages, brought to the versions of the reference answers
 * where Debian's are older or newer and the difference is small.
 */

const gopath = '/usr/share/gocode';
const packages = ['github.com/Masterminds/sprig', 'sigs.k8s.io/yaml'];

/** What to install where there is no {@link goVersion}. */
export const installation =
  'apt-get install golang-go golang-github-masterminds-sprig-dev golang-k8s-sigs-yaml-dev tzdata';

/** `go1.19.8`, or `undefined` where Go or one of the packages is missing. */
export function goVersion(): string | undefined {
  if (packages.some((name) => !existsSync(join(gopath, 'src', name)))) return undefined;
  const { status, stdout } = spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

const environment = { ...process.env, GO111MODULE: 'off', GOPATH: gopath, GOFLAGS: '', TZ: 'UTC' };

/** A change to a file of Go's or of a package, each occurrence of `from`. */
interface Edit {
  /** Below GOROOT's or GOPATH's `src`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const edits: readonly Edit[] = [
  // Go 1.23: `else with`.
  {
    file: 'text/template/parse/parse.go',
    from: 'if peek.typ == itemIf {',
    to: 'if peek.typ == itemIf || peek.typ == itemWith {',
  },
  {
    file: 'text/template/parse/parse.go',
    from: 'if allowElseIf {',
    to: `if context == "with" && t.peek().typ == itemWith {
      t.next()
      elseList = t.newList(next.Position())
      elseList.append(t.withControl())
      break
    }
    if allowElseIf {`,
  },
  // Go 1.22: `range` assigns to variables that exist.
  {
    file: 'text/template/exec.go',
    from: 's.setTopVar(1, elem)',
    to: `if !r.Pipe.IsAssign {
				s.setTopVar(1, elem)
			} else if len(r.Pipe.Decl) > 1 {
				s.setVar(r.Pipe.Decl[0].Ident[0], index)
			} else {
				s.setVar(r.Pipe.Decl[0].Ident[0], elem)
			}`,
  },
  {
    file: 'text/template/exec.go',
    from: 's.setTopVar(2, index)',
    to: `if r.Pipe.IsAssign {
				s.setVar(r.Pipe.Decl[1].Ident[0], elem)
			} else {
				s.setTopVar(2, index)
			}`,
  },
  // Go 1.24: `range` over integers.
  {
    file: 'text/template/exec.go',
    from: 'case reflect.Invalid:\n\t\tbreak // An invalid',
    to: `case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if len(r.Pipe.Decl) > 1 {
			s.errorf("can't use %v to iterate over more than one variable", val)
		}
		i := reflect.New(val.Type()).Elem()
		below := func() bool {
			if val.CanInt() {
				return i.Int() < val.Int()
			}
			return i.Uint() < val.Uint()
		}
		if !below() {
			break
		}
		for below() {
			current := reflect.New(val.Type()).Elem()
			current.Set(i)
			oneIteration(reflect.Value{}, current)
			if val.CanInt() {
				i.SetInt(i.Int() + 1)
			} else {
				i.SetUint(i.Uint() + 1)
			}
		}
		return
	case reflect.Invalid:\n\t\tbreak // An invalid`,
  },
  // Go 1.22: \\b and \\f in JSON.
  {
    file: 'encoding/json/encode.go',
    from: "case '\\n':",
    to: `case '\\b':
				e.WriteByte('b')
			case '\\f':
				e.WriteByte('f')
			case '\\n':`,
  },
  // spf13/cast v1.3.1, which sprig 3.2.3 requires.
  {
    file: 'github.com/spf13/cast/caste.go',
    from: 'trimZeroDecimal(s), 0, 0',
    to: 's, 0, 0',
  },
];

/** A program that was built into a folder of its own. */
export interface GoProgram {
  run(args: readonly string[], input: string): { status: number | null; stdout: string; stderr: string };
  remove(): void;
}

/** Builds a program. @throws where it does not build. */
export function buildGo(source: string): GoProgram {
  const folder = mkdtempSync(join(tmpdir(), 'oracle-'));
  const remove = () => {
    rmSync(folder, { recursive: true });
  };
  const binary = join(folder, 'program');
  const args = ['build', '-overlay', writeOverlay(folder), '-o', binary, source];
  const build = spawnSync('go', args, { cwd: dirname(source), env: environment, encoding: 'utf8' });
  if (build.status !== 0) {
    remove();
    throw new Error(`${source} does not build:\n${build.stderr}`);
  }
  return {
    run: (args, input) =>
      spawnSync(binary, args, { env: environment, input, encoding: 'utf8', maxBuffer: 1 << 30 }),
    remove,
  };
}

/** Writes the edited files and Go's description of which files they replace. */
function writeOverlay(folder: string): string {
  const goroot = spawnSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).stdout.trim();
  const edited = new Map<string, string>();
  for (const { file, from, to } of edits) {
    const path = [join(goroot, 'src', file), join(gopath, 'src', file)].find(existsSync);
    if (path === undefined) throw new Error(`${file} is in neither Go's sources nor ${gopath}`);
    const text = edited.get(path) ?? readFileSync(path, 'utf8');
    if (!text.includes(from))
      throw new Error(`${path} is another version: it has no ${JSON.stringify(from)}`);
    edited.set(
      path,
      text.replaceAll(from, () => to),
    );
  }
  const replace = Object.fromEntries(
    [...edited].map(([path, text], i) => {
      const replacement = join(folder, `${i}.go`);
      writeFileSync(replacement, text);
      return [path, replacement];
    }),
  );
  const overlay = join(folder, 'overlay.json');
  writeFileSync(overlay, JSON.stringify({ Replace: replace }));
  return overlay;
}

/**
 * Go's answers for `cases`. What ends Go's process (a map that contains itself, memory) has none and is left out.
 *
 * @param dataFile the JSON object that the cases' `data` are keys of
 */
export function askGo(cases: readonly Case[], dataFile: string): Case[] {
  const program = buildGo(join(import.meta.dirname, 'main.go'));
  const answers: Case[] = [];
  try {
    for (let asked = 0; asked < cases.length;) {
      const input = cases.slice(asked).map((test) => JSON.stringify(test));
      const { status, stdout } = program.run([dataFile], input.join('\n'));
      const lines = stdout.split('\n').slice(0, -1);
      for (const line of lines) answers.push(JSON.parse(line) as Case);
      // The one after the last answer is what ended the process.
      asked += lines.length + 1;
      if (status === 0) break;
    }
  } finally {
    program.remove();
  }
  return answers;
}
