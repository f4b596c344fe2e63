import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLog } from '../../config/index.ts';
import { runController } from '../../controller/main.ts';
import type { ControlPlane } from '../../src/control-plane/start.ts';
import { Gateway } from './gateway.ts';
import { controllerConfig } from './world.ts';

/** A controller in the test's process, behind a gateway of its own: cutting the gateway kills it. */
export interface Mortal {
  readonly gateway: Gateway;
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** The last lines of its log. */
  log(): string;
  /** Ends it, dead or alive. */
  end(): Promise<void>;
}

let incarnations = 0;

/** What the report of a failure can use. */
const KEPT_LINES = 200;

/** @param settings of the section `controller` of the configuration */
export async function startMortal(
  controlPlane: ControlPlane,
  settings: { readonly [field: string]: unknown } = {},
): Promise<Mortal> {
  const gateway = new Gateway(controlPlane.kubeconfig);
  await gateway.listen();
  const kubeconfigPath = join(controlPlane.processes.dir, `gateway-${String(incarnations++)}`);
  await writeFile(kubeconfigPath, gateway.kubeconfig);
  const config = controllerConfig({ ...controlPlane, kubeconfigPath }, settings);
  const controller = new AbortController();
  const lines: string[] = [];
  const keep = (line: string): void => {
    if (lines.push(line) > KEPT_LINES) lines.shift();
  };
  const log = createLog({ ...config, logLevel: 'info' }, 'controller', { write: keep });
  // A killed controller ends with the error that it could not reach the API server, or lost the lead.
  const running = runController(config, { log, signal: controller.signal }).catch(() => undefined);
  void gateway.whenCut.then(() => controller.abort(new Error('killed')));
  return {
    gateway,
    ended: running,
    log: () => lines.join(''),
    async end() {
      controller.abort(new Error('the run is over'));
      await running;
      gateway.cut();
    },
  };
}
