import type { Scope } from './change.ts';

/** A way to a pod or a Service through the API server of an endpoint, which is reached wherever drctl runs. */
export interface ProxyUrl {
  readonly endpoint: 'cluster' | 'argocd';
  readonly resource: 'pods' | 'services';
  readonly namespace: string;
  /** With the scheme before it and the port after it, as the API takes them: `https:kafka-0:8080`. */
  readonly name: string;
  /** On the API server, dot segments resolved; without the query. */
  readonly path: string;
  /** With its `?`, or empty. */
  readonly search: string;
}

export const PROXY_FORM = 'cluster:/api/v1/namespaces/NAMESPACE/pods/NAME:PORT/proxy/PATH, or services';

/**
 * `cluster:` or `argocd:`, and then what `kubectl get --raw` takes: the path of the subresource `proxy` of a pod or a Service
 * (https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services). Undefined for anything else: a node's
 * proxy reaches its kubelet, which runs commands on a GET.
 */
export function proxyUrlOf(url: string): ProxyUrl | undefined {
  const [, endpoint, rest] = /^(cluster|argocd):(\/api\/.*)$/.exec(url) ?? [];
  const parsed = rest === undefined ? null : URL.parse(rest, 'http://api');
  const [, namespace, resource, name] = PATH.exec(parsed?.pathname ?? '') ?? [];
  if (!parsed || namespace === undefined || name === undefined) return undefined;
  return {
    endpoint: endpoint as ProxyUrl['endpoint'],
    resource: resource as ProxyUrl['resource'],
    namespace,
    name,
    path: parsed.pathname,
    search: parsed.search,
  };
}

/** Whether it means to be one, so that a mistake in it is told as such. */
export function isProxyUrl(url: string): boolean {
  return /^(?:cluster|argocd):/.test(url);
}

/** As a server will read it: no escapes before the part that is the pod's own, and no dots that lead out of it. */
const PATH =
  /^\/api\/v1\/namespaces\/([a-z0-9][a-z0-9-]*)\/(pods|services)\/((?:https?:)?[a-z0-9][a-z0-9.-]*(?::[a-z0-9-]+)?)\/proxy(?:\/.*)?$/;

/** Whether a path of an API server leads through one of its pods or Services, by the same rule. */
export function isProxyPath(path: string): boolean {
  return PATH.test(path) && URL.parse(path, 'http://api')?.pathname === path;
}

/** The right that it takes, as a bound; none for any other address. */
export function proxyScopesOf(url: string): Scope[] {
  const way = proxyUrlOf(url);
  if (!way) return [];
  const { endpoint, resource, namespace } = way;
  const kinds = [resource === 'pods' ? 'Pod' : 'Service'];
  return [{ endpoint, verbs: ['get'], kinds, subresource: 'proxy', namespaces: [namespace], worst: 'safe', atMost: 0 }];
}
