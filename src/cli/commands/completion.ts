import type { Command, Option } from 'commander';
import { Argument } from 'commander';
import { CONTEXT_FLAG } from '../cluster-options.ts';
import type { DefineCommand } from '../command.ts';
import { examples, exitCodes } from '../help.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export const define: DefineCommand = (command, { output, program }) => {
  command
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText('after', exitCodes({ 0: 'printed', 2: 'wrong use' }))
    .addHelpText(
      'after',
      examples(
        'source <(clusterpedia-import completion bash)',
        'clusterpedia-import completion zsh > "${fpath[1]}/_clusterpedia-import"',
        'clusterpedia-import completion fish > ~/.config/fish/completions/clusterpedia-import.fish',
      ),
    )
    .action(async (shell: (typeof SHELLS)[number]) => {
      output.data(completionScript(shell, await program()));
    });
};

/** Names by which the program is installed. */
const programNames = ['clusterpedia-import', 'kubectl-clusterimport'] as const;

/** What a script needs to know about a command. */
export interface CommandWords {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionWords[];
  /** The possible values of its first argument, if they are fixed. */
  readonly choices: readonly string[];
}

export interface OptionWords {
  readonly flags: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
  /** Whether the values are contexts of the kubeconfig. */
  readonly contexts: boolean;
}

/** The completion script of a shell, made from the program's own commands and options. */
export function completionScript(shell: (typeof SHELLS)[number], program: Command): string {
  return { bash, zsh, fish }[shell](commandWords(program));
}

/** The words of all commands of a program. */
export const commandWords = (program: Command): readonly CommandWords[] => [
  ...shownCommands(program).map(wordsOf),
  helpWords(program),
];

/** The commands that help shows. Commands that only completion calls are hidden. */
const shownCommands = (program: Command): readonly Command[] =>
  program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => command.name() !== 'help');

function wordsOf(command: Command): CommandWords {
  return {
    name: command.name(),
    description: command.description(),
    options: [...command.options.map(optionWords), help],
    choices: command.registeredArguments[0]?.argChoices ?? [],
  };
}

function helpWords(program: Command): CommandWords {
  const choices = shownCommands(program).map((command) => command.name());
  return { name: 'help', description: 'print help for a command', options: [], choices };
}

const help: OptionWords = {
  flags: ['-h', '--help'],
  description: 'print help',
  takesValue: false,
  choices: [],
  contexts: false,
};

const optionWords = (option: Option): OptionWords => ({
  flags: [option.short, option.long].filter((flag) => flag !== undefined),
  description: option.description,
  takesValue: option.required || option.optional,
  choices: option.argChoices ?? [],
  contexts: option.long === CONTEXT_FLAG,
});

const indent = (lines: readonly string[], by: string) => lines.map((line) => by + line);

function bash(commands: readonly CommandWords[]): string {
  const names = commands.map(({ name }) => name);
  const values = commands.flatMap(({ name, options }) =>
    options
      .filter(({ choices }) => choices.length > 0)
      .map(
        ({ flags, choices }) =>
          `${flags.map((flag) => `${name}:${flag}`).join('|')}) words="${choices.join(' ')}" ;;`,
      ),
  );
  const files = commands.flatMap(({ name, options }) =>
    options
      .filter(({ takesValue, choices }) => takesValue && choices.length === 0)
      .map(
        ({ flags, contexts }) =>
          `${flags.map((flag) => `${name}:${flag}`).join('|')}) ${contexts ? `words="$("\${COMP_WORDS[0]}" contexts "\${COMP_WORDS[@]:1}" 2>/dev/null)"` : 'return'} ;;`,
      ),
  );
  const words = commands.map(({ name, options, choices }) => {
    const flags = options.flatMap((option) => option.flags).join(' ');
    return `${name}:-*) words="${flags}" ;;${choices.length === 0 ? '' : `\n${name}:*) words="${choices.join(' ')}" ;;`}`;
  });
  return [
    '# bash completion of clusterpedia-import',
    '_clusterpedia_import() {',
    '  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" command="" word words=""',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    `    case "$word" in ${names.join('|')}) command="$word"; break ;; esac`,
    '  done',
    '  COMPREPLY=()',
    '  if [[ -z $command ]]; then',
    `    words="${names.join(' ')} --help --version"`,
    '  else',
    '    case "$command:$previous" in',
    ...indent([...values, ...files], '      '),
    '      *)',
    '        case "$command:$current" in',
    ...indent(
      words.flatMap((line) => line.split('\n')),
      '          ',
    ),
    '        esac ;;',
    '    esac',
    '  fi',
    '  [[ -n $words ]] && COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '}',
    // If there is no word, files are completed.
    `complete -o bashdefault -o default -F _clusterpedia_import ${programNames.join(' ')}`,
  ].join('\n');
}

/** A text within single quotes of a shell. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

function zsh(commands: readonly CommandWords[]): string {
  const described = commands.map(({ name, description }) => quoted(`${name}:${description}`));
  const cases = commands.flatMap(({ name, options, choices }) => [
    `${name})`,
    `  _arguments \\`,
    ...options.map((option) => `    ${zshOption(option)} \\`),
    `    ${quoted(choices.length > 0 ? `*:argument:(${choices.join(' ')})` : '*:path:_files')} ;;`,
  ]);
  return [
    `#compdef ${programNames.join(' ')}`,
    '_clusterpedia_import() {',
    '  local state line program=$words[1]',
    '  local -a typed=($words)',
    '  typeset -A opt_args',
    `  _arguments -C '(-h --help)'{-h,--help}'[print help]' '(-V --version)'{-V,--version}'[print the version]' \\`,
    `    '1:command:->command' '*::argument:->argument'`,
    '  case $state in',
    '    command)',
    '      local -a commands',
    `      commands=(${described.join('\n        ')})`,
    `      _describe command commands ;;`,
    '    argument)',
    '      case $line[1] in',
    ...indent(cases, '        '),
    '      esac ;;',
    '  esac',
    '}',
    // Sourced, or loaded as a function from $fpath.
    'if [ "$funcstack[1]" = "_clusterpedia-import" ]; then _clusterpedia_import "$@"; else compdef _clusterpedia_import ' +
      `${programNames.join(' ')}; fi`,
  ].join('\n');
}

function zshOption({ flags, description, takesValue, choices, contexts }: OptionWords): string {
  const text = description.replaceAll(/[[\]:]/g, (character) => `\\${character}`);
  const offered = contexts
    ? '{compadd -- ${(f)"$($program contexts $typed 2>/dev/null)"}}'
    : choices.length > 0
      ? `(${choices.join(' ')})`
      : '_files';
  const value = takesValue ? `:value:${offered}` : '';
  const names = flags.length === 1 ? (flags[0] ?? '') : `{${flags.join(',')}}`;
  return `${flags.length > 1 ? quoted(`(${flags.join(' ')})`) : ''}${names}${quoted(`[${text}]${value}`)}`;
}

function fish(commands: readonly CommandWords[]): string {
  const lines = programNames.flatMap((program) => [
    ...commands.map(
      ({ name, description }) =>
        `complete -c ${program} -f -n __fish_use_subcommand -a ${name} -d ${quoted(description)}`,
    ),
    ...commands.flatMap(({ name, options, choices }) => {
      const seen = `-n '__fish_seen_subcommand_from ${name}'`;
      return [
        ...(choices.length === 0
          ? []
          : [`complete -c ${program} -f ${seen} -a ${quoted(choices.join(' '))}`]),
        ...options.map((option) => `complete -c ${program} ${seen} ${fishOption(option)}`),
      ];
    }),
  ]);
  return ['# fish completion of clusterpedia-import', ...lines].join('\n');
}

function fishOption({ flags, description, takesValue, choices, contexts }: OptionWords): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const offered = contexts
    ? `-x -a ${quoted('(set -l typed (commandline -opc); $typed[1] contexts $typed[2..] 2>/dev/null)')}`
    : choices.length > 0
      ? `-x -a ${quoted(choices.join(' '))}`
      : '-r -F';
  const value = takesValue ? [offered] : [];
  return [...names, ...value, `-d ${quoted(description)}`].join(' ');
}
