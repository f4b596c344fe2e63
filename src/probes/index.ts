export * from './listen.ts';
export * from './probes.ts';
