import type { CommandWords, OptionWords } from '../commands/completion.ts';

/** What may stand in the place of the last word, as cobra's shell scripts read it: kubectl passes it on as it is. */
export interface Offers {
  /** `word`, a tab, and what it means. */
  readonly lines: readonly string[];
  /** Whether files are offered where nothing else is. */
  readonly files: boolean;
}

/**
 * What `kubectl clusterimport WORDS…` can go on with.
 * @param contexts names of the contexts of the kubeconfig
 * @param words those typed so far; the last one, which may be empty, is the one to complete
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
