import { createRequire } from 'node:module';
import type * as re2js from 're2js';

type Re2 = typeof re2js;

const require = createRequire(import.meta.url);
let loaded: Re2 | undefined;

/** The package `re2js`. Loading it takes 2 MiB, so that is left until there is a regular expression. */
export function re2(): Re2 {
  return (loaded ??= require('re2js') as Re2);
}
