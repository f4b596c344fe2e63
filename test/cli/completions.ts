/** What follows the words that are typed after the program's name, in every shell. */
export const completions: readonly (readonly [
  sentence: string,
  words: readonly string[],
  offered: readonly string[] | 'files',
])[] = [
  ['commands', ['va'], ['validate']],
  ['all commands that begin alike', ['te'], ['test', 'template']],
  ['options of a command', ['validate', '--st'], ['--strict']],
  ['options behind an argument', ['render', 'policy.yaml', '--sh'], ['--show-secrets']],
  ['values of an option', ['validate', '-o', 's'], ['sarif']],
  ['values of an option by its long name', ['render', '--output', ''], ['yaml', 'json', 'human']],
  ['shells', ['completion', ''], ['bash', 'zsh', 'fish']],
  ['commands to be helped with', ['help', 'ku'], ['kubeconfig']],
  ['files as arguments', ['validate', 'pol'], 'files'],
  ['files as values', ['kubeconfig', '--kubeconfig', 'con'], 'files'],
];
