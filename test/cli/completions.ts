/** A kubeconfig with some contexts. */
export const KUBECONFIG = `apiVersion: v1
kind: Config
current-context: production
contexts:
${['production', 'prod-eu', 'test'].map((name) => `  - name: ${name}\n    context: { cluster: one, user: me }\n`).join('')}clusters:
  - name: one
    cluster: { server: https://127.0.0.1:1 }
users: [{ name: me, user: {} }]
`;

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
  [
    'contexts of the kubeconfig',
    ['render', '--server', '--kubeconfig', 'KUBECONFIG', '--context', 'pro'],
    ['production', 'prod-eu'],
  ],
  ['shells', ['completion', ''], ['bash', 'zsh', 'fish']],
  ['commands to be helped with', ['help', 'ku'], ['kubeconfig']],
  ['files as arguments', ['validate', 'pol'], 'files'],
  ['files as values', ['kubeconfig', '--kubeconfig', 'con'], 'files'],
];
