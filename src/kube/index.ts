export { abortable } from './abort.ts';
export * from './object.ts';
export * from './errors.ts';
export { compareResourceVersions } from './resource-version.ts';
export { Backoff, type BackoffOptions } from './backoff.ts';
export * from './clock.ts';
export * from './json.ts';
export { KubeConfigError } from './kubeconfig-fields.ts';
export {
  currentContext,
  loadKubeConfig,
  parseKubeConfig,
  type KubeConfigData,
  type KubeConfigSource,
} from './kubeconfig.ts';
export { statusError } from './answer.ts';
export type { RequestOptions, TransportOptions } from './transport.ts';
export type { RequestInfo } from './request-info.ts';
export * from './client.ts';
export type { WatchEvent, WatchOptions, WatchStream } from './watch.ts';
export * from './discovery.ts';
export * from './reflector.ts';
export * from './queue.ts';
export * from './election.ts';
export * from './events.ts';
export * from './redact.ts';
export { visible } from './visible.ts';
