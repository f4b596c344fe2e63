import type { ControlPlane } from '../../src/control-plane/start.ts';

/**
 * Has etcd forget its history up to now: nobody can go on watching, or reading a list page by page, from what was before.
 * The API server does so every five minutes (https://etcd.io/docs/v3.5/dev-guide/api_grpc_gateway/).
 */
export async function compact({ etcdUrl }: ControlPlane): Promise<void> {
  const call = async (path: string, body: object): Promise<EtcdAnswer> => {
    const answer = await fetch(`${etcdUrl}${path}`, { method: 'POST', body: JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`etcd answers ${path} with ${String(answer.status)}: ${text}`);
    return JSON.parse(text) as EtcdAnswer;
  };
  const key = Buffer.from('any').toString('base64');
  const { header } = await call('/v3/kv/range', { key });
  await call('/v3/kv/compaction', { revision: header.revision, physical: true });
}

interface EtcdAnswer {
  readonly header: { readonly revision: string };
}
