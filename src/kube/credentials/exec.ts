import { spawn } from 'node:child_process';
import type { Cluster } from '@kubernetes/client-node';
import { TransportError } from '../errors.ts';
import { isRecord } from '../../api/index.ts';
import type { KubeConfigFields } from '../kubeconfig-fields.ts';
import { redactText } from '../redact.ts';
import { bearer } from './kind.ts';
import type { CredentialKind, Identity } from './kind.ts';

/** Maximum run time of a plugin. */
const EXEC_TIMEOUT_MS = 60_000;

/**
 * A credential plugin (`client.authentication.k8s.io` ExecCredential, KEP-541): its input is `KUBERNETES_EXEC_INFO`, its
 * output a token or a certificate with an expiry.
 */
export const exec: CredentialKind = {
  read: (user) => ({ exec: resolveCommand(user.value('exec'), user) }),
  identify(user, cluster) {
    const plugin: unknown = user.exec;
    return isRecord(plugin) ? runPlugin(plugin, cluster) : undefined;
  },
};

/** A command that is a relative path is relative to the kubeconfig. A bare name is looked up in `$PATH`. */
function resolveCommand(plugin: unknown, fields: KubeConfigFields): unknown {
  if (!isRecord(plugin) || typeof plugin['command'] !== 'string') return plugin;
  const command = plugin['command'];
  return command.includes('/') ? { ...plugin, command: fields.resolve(command) } : plugin;
}

async function runPlugin(plugin: Record<string, unknown>, cluster: Cluster): Promise<Identity> {
  const command = plugin['command'];
  if (typeof command !== 'string' || command === '') {
    throw new TransportError('Credentials', 'the kubeconfig user has "exec" without a "command"');
  }
  const output = await runCommand(command, stringList(plugin['args']), {
    ...process.env,
    ...pluginEnvironment(plugin['env']),
    KUBERNETES_EXEC_INFO: execInfo(plugin, cluster),
  });
  return readExecCredential(command, output);
}

function execInfo(plugin: Record<string, unknown>, cluster: Cluster): string {
  const spec = {
    interactive: false,
    ...(plugin['provideClusterInfo'] === true && {
      cluster: {
        server: cluster.server,
        'certificate-authority-data': cluster.caData,
        'tls-server-name': cluster.tlsServerName,
        'insecure-skip-tls-verify': cluster.skipTLSVerify,
        'proxy-url': cluster.proxyUrl,
      },
    }),
  };
  const apiVersion =
    typeof plugin['apiVersion'] === 'string' ? plugin['apiVersion'] : 'client.authentication.k8s.io/v1';
  return JSON.stringify({ apiVersion, kind: 'ExecCredential', spec });
}

function pluginEnvironment(env: unknown): Record<string, string> {
  if (!Array.isArray(env)) return {};
  return Object.fromEntries(
    env.flatMap((entry: unknown) =>
      isRecord(entry) && typeof entry['name'] === 'string' ? [[entry['name'], textOf(entry['value'])]] : [],
    ),
  );
}

function runCommand(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      reject(new TransportError('Credentials', `the kubeconfig's exec plugin ${command} ${why}`));
    };
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: EXEC_TIMEOUT_MS });
    let output = '';
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr
      .setEncoding('utf8')
      .on('data', (text: string) => (complaint = (complaint + text).slice(0, 4096)));
    child.on('error', (error) =>
      fail(`cannot be run: ${'code' in error ? String(error.code) : error.message}`),
    );
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else
        fail(
          `ended with ${signal ?? `exit code ${String(code)}`}: ${redactText(complaint.trim().slice(0, 300))}`,
        );
    });
  });
}

function readExecCredential(command: string, output: string): Identity {
  let status: unknown;
  try {
    const credential: unknown = JSON.parse(output);
    status = isRecord(credential) ? credential['status'] : undefined;
  } catch {
    status = undefined;
  }
  if (!isRecord(status)) {
    throw new TransportError(
      'Credentials',
      `the kubeconfig's exec plugin ${command} printed no ExecCredential with a status`,
    );
  }
  const token = textOf(status['token']);
  const expiry = Date.parse(textOf(status['expirationTimestamp']));
  return {
    headers: token === '' ? {} : bearer(token),
    cert: textOf(status['clientCertificateData']) || undefined,
    key: textOf(status['clientKeyData']) || undefined,
    // Without an expiry, the answer is valid until the server refuses it (401).
    expiresAt: Number.isNaN(expiry) ? Number.POSITIVE_INFINITY : expiry,
  };
}

function stringList(value: unknown): string[] {
  return Array.isArray(value) ? value.map(textOf) : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
