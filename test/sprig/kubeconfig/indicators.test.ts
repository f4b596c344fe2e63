import { describe, expect, it } from 'vitest';
import { KubeconfigError, readKubeconfig } from '../../../src/sprig/kubeconfig/read.ts';

const withUser = (user: string): string =>
  [
    'current-context: c',
    'contexts: [{name: c, context: {cluster: c, user: u}}]',
    'clusters: [{name: c, cluster: {server: "https://a"}}]',
    'users:',
    '- name: u',
    `  user: ${user}`,
    '',
  ].join('\n');

// In each of them, kubectl 1.37 finds the program or the file.
describe('a key that Go finds elsewhere than the parser does not hide what a kubeconfig needs', () => {
  it.each([
    '{token: a, ?exec: {command: sh}}',
    '{?"exec":{command: sh}}',
    '{"a" : "b", ?tokenFile : /x}',
    '{tokenFile: /x, tokenFile:}',
    '{tokenFile: /x, tokenFile:,}',
    '{tokenFile: /x, tokenFile :,}',
    '{tokenFile: /x, as: !t,tokenFile: null}',
    '{as: &a tokenFile, as-uid: !t,&a junk, *a : /x}',
  ])('%s', (user) => {
    expect(() => readKubeconfig(withUser(user))).toThrow(KubeconfigError);
  });

  it.each([
    '{"exec":{"command":"sh"}}',
    '{exec: {command: sh, args: ["-c","a?b"]}}',
    '{"exec": !t {command: sh}}',
    '\n    as: what?\n    exec: &a-b {command: sh}',
    '{as: &a exec, *a : {command: sh}}',
    '{? exec : {command: sh}}',
  ])('is read where both find it: %s', (user) => {
    expect(readKubeconfig(withUser(user)).needs).toEqual([{ kind: 'exec', field: 'exec', command: 'sh' }]);
  });
});
