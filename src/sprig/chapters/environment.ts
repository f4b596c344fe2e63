import type { RemovedFunction } from '../../template/function.ts';
import type { Chapter } from '../define.ts';

const readsEnvironment: RemovedFunction = {
  removed:
    "it would read the environment of the server that renders: put the value into the policy's objects",
};

/** sprig's chapters "OS Functions" and "Network Functions". None of these functions is available. */
export const environment: Chapter = {
  env: readsEnvironment,
  expandenv: readsEnvironment,
  getHostByName: { removed: 'it would use the network of the server that renders' },
};
