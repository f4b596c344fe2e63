import type { Output } from '../output.ts';
export function runPlayground(_options: { readonly port: string }, _output: Output): Promise<void> {
  return Promise.resolve();
}
