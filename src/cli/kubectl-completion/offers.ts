import type { CommandWords, OptionWords } from '../commands/completion.ts';

/** The possible last words, in the form that cobra's shell scripts read. kubectl passes it on unchanged. */
export interface Offers {
  /** `word`, a tab, and its meaning. */
  readonly lines: readonly string[];
  /** Whether files are offered if nothing else is. */
  readonly files: boolean;
}

/**
 * The words with which `kubectl clusterimport WORDS…` can continue.
 * @param contexts names of the contexts of the kubeconfig
 * @param words the words typed so far. The last one is to be completed; it may be empty
 */
export function offersFor(
  commands: readonly CommandWords[],
  words: readonly string[],
  contexts: readonly string[],
): Offers {
  const current = words.at(-1) ?? '';
  const [name] = words.slice(0, -1);
  const only = (lines: readonly string[]): Offers => ({
    lines: lines.filter((line) => line.startsWith(current)),
    files: false,
  });
  if (name === undefined) return only(commands.map((command) => `${command.name}\t${command.description}`));
  const command = commands.find((each) => each.name === name);
  if (command === undefined) return only([]);
  const option = optionBefore(command, words);
  if (option?.takesValue === true) {
    if (option.contexts) return only(contexts);
    return option.choices.length > 0 ? only(option.choices) : fileOffers;
  }
  if (current.startsWith('-')) return only(command.options.flatMap(optionLines));
  return command.choices.length > 0 ? only(command.choices) : fileOffers;
}

const fileOffers: Offers = { lines: [], files: true };

/** The option whose value the last word is. */
const optionBefore = ({ options }: CommandWords, words: readonly string[]): OptionWords | undefined =>
  options.find(({ flags }) => flags.includes(words.at(-2) ?? ''));

const optionLines = ({ flags, description }: OptionWords) => flags.map((flag) => `${flag}\t${description}`);

/** Directives of cobra (`completions.go`, `ShellCompDirective`). */
const DEFAULT = 0;
const NO_FILES = 4;

/** The text that the executable `kubectl_complete-clusterimport` prints (kubernetes/kubernetes#105867). */
export const printedOffers = ({ lines, files }: Offers): string =>
  [...lines, `:${String(files ? DEFAULT : NO_FILES)}`].map((line) => `${line}\n`).join('');
