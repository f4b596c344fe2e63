import { connect } from 'node:tls';

/**
 * Connects to the webhook's own TLS port as the API server would, and compares the certificate that it is shown. Trust
 * is not checked, because it is not known here which authority the API server trusts.
 *
 * @param fingerprint SHA-256 of the expected certificate, as `X509Certificate.fingerprint256` writes it
 * @returns the problem, or `undefined`
 */
export function selfDial(
  port: number,
  host: string,
  fingerprint: string,
  timeoutMs = 800,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host, rejectUnauthorized: false });
    const finish = (problem: string | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(problem);
    };
    const timer = setTimeout(() => finish('the TLS port did not answer in time'), timeoutMs);
    socket.once('error', (error: Error) => finish(`the TLS port cannot be reached: ${error.message}`));
    socket.once('secureConnect', () => {
      const shown = socket.getPeerX509Certificate()?.fingerprint256;
      finish(
        shown === fingerprint ? undefined : 'the TLS port shows another certificate than the one in use',
      );
    });
  });
}
