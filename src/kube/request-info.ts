/** One HTTP exchange that has finished or failed, for metrics and logs. It contains no object names and no bodies. */
export interface RequestInfo {
  readonly method: string;
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`; `''` if the path is not a resource. */
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  /** HTTP status; 0 if there was no answer. */
  readonly status: number;
  /** Seconds until the answer was complete; for a watch, until its headers arrived. */
  readonly durationSeconds: number;
  /** 0 for the first attempt. */
  readonly attempt: number;
}

const verbs: Readonly<Record<string, string>> = {
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** What a request does, derived from its method and path as in the API server's `RequestInfoFactory`. */
export function describeRequest(
  method: string,
  path: string,
  query: Readonly<Record<string, unknown>> = {},
): Pick<RequestInfo, 'method' | 'verb' | 'group' | 'resource' | 'subresource'> {
  const parts = path.split('/').filter((part) => part !== '');
  const grouped = parts[0] === 'apis';
  const none = { method, verb: '', group: '', resource: '', subresource: '' };
  if (!grouped && parts[0] !== 'api') return none;
  const group = grouped ? (parts[1] ?? '') : '';
  const afterVersion = parts.slice(grouped ? 3 : 2);
  // `namespaces/x` alone is the Namespace x. With more segments behind it, x is the namespace of what follows.
  const inNamespace = afterVersion[0] === 'namespaces' && afterVersion.length > 2;
  const [resource, name, subresource] = inNamespace ? afterVersion.slice(2) : afterVersion;
  if (resource === undefined) return { ...none, group };
  const watching = query['watch'] !== undefined;
  const verb =
    method === 'GET' ? (watching ? 'watch' : name === undefined ? 'list' : 'get') : (verbs[method] ?? '');
  return { method, verb, group, resource, subresource: subresource ?? '' };
}
