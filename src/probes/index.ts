export * from './listen.ts';
export * from './metrics.ts';
export * from './probes.ts';
