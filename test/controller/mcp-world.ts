import { afterAll, beforeAll } from 'vitest';
import type { ControlPlaneOptions } from '../../src/control-plane/start.ts';
import type { McpWorld } from './world.ts';
import { startMcpWorld } from './world.ts';

/** A world for the tests of a file: it starts before the first of them, and stops after the last. */
export function useMcpWorld(options?: ControlPlaneOptions): McpWorld {
  let world: McpWorld | undefined;
  beforeAll(async () => {
    world = await startMcpWorld(options);
  });
  afterAll(() => world?.stop());
  const started = (): McpWorld => {
    if (world === undefined) throw new Error('the world has not started: use it in a test or hook');
    return world;
  };
  return {
    get controlPlane() {
      return started().controlPlane;
    },
    get client() {
      return started().client;
    },
    get mcp() {
      return started().mcp;
    },
    stop: () => started().stop(),
  };
}
