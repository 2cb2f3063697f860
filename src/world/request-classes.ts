import { isProxyPath } from '../model/proxy-url.ts';

/**
 * What a request may do to the world. `review` asks the API a question by POST, `dry-run` tries a write that persists
 * nothing; only `write` and `lease` can have an effect, and only the door sends them (DESIGN section 2, promises 1 and 2).
 * `lease` is the one write that no plan names Change by Change: drctl's own Lease, which keeps two runs apart.
 */
export type RequestClass = 'read' | 'review' | 'dry-run' | 'lease' | 'write';

export type Asked =
  | { readonly api: 'kube'; readonly method: string; readonly path: string; readonly query: URLSearchParams }
  | { readonly api: 'aws'; readonly action: string; readonly dryRun: boolean }
  | { readonly api: 'http'; readonly method: string }
  | { readonly api: 'promql'; readonly method: string; readonly path: string }
  | { readonly api: 'proxy'; readonly method: string; readonly path: string };

interface Row {
  readonly api: Asked['api'];
  /** Said in tests and in the page about permissions. */
  readonly what: string;
  readonly is: RequestClass;
  matches(asked: Asked): boolean;
}

/** The one table: the first row that matches decides, and what no row knows is a write. */
export const REQUEST_CLASSES: readonly Row[] = [
  kube('exec, attach, port-forward and proxy run things, whatever their verb', 'write', ({ path }) =>
    reachesInside(path),
  ),
  kube('GET and HEAD', 'read', ({ method }) => isReading(method)),
  kube('access, subject and token reviews', 'review', ({ method, path }) => method === 'POST' && REVIEWS.has(path)),
  kube('dryRun=All', 'dry-run', ({ query }) => isKubeDryRun(query)),
  kube('the Lease drctl in kube-system: made or patched', 'lease', ({ method, path }) =>
    method === 'POST' ? path === LEASES : method === 'PATCH' && path === `${LEASES}/drctl`,
  ),
  aws('Describe… and the caller', 'read', ({ action }) => AWS_READ.test(action)),
  aws('DryRun=true of an EC2 write', 'dry-run', ({ dryRun }) => dryRun),
  {
    api: 'http',
    what: 'GET and HEAD',
    is: 'read',
    matches: (asked) => asked.api === 'http' && isReading(asked.method),
  },
  {
    api: 'proxy',
    what: 'GET and HEAD of a check, through a pod or a Service: as without the API server between',
    is: 'read',
    matches: (asked) => asked.api === 'proxy' && isReading(asked.method) && isProxyPath(asked.path),
  },
  {
    api: 'promql',
    what: 'queries, by GET or POST',
    is: 'review',
    matches: (asked) =>
      asked.api === 'promql' && (isReading(asked.method) || asked.method === 'POST') && PROMQL.test(asked.path),
  },
];

export function classOf(asked: Asked): RequestClass {
  return REQUEST_CLASSES.find((row) => row.api === asked.api && row.matches(asked))?.is ?? 'write';
}

type KubeAsked = Extract<Asked, { api: 'kube' }>;
type AwsAsked = Extract<Asked, { api: 'aws' }>;

function kube(what: string, is: RequestClass, matches: (asked: KubeAsked) => boolean): Row {
  return { api: 'kube', what, is, matches: (asked) => asked.api === 'kube' && matches(asked) };
}

function aws(what: string, is: RequestClass, matches: (asked: AwsAsked) => boolean): Row {
  return { api: 'aws', what, is, matches: (asked) => asked.api === 'aws' && matches(asked) };
}

function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases';

const REVIEWS: ReadonlySet<string> = new Set([
  '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
  '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
  '/apis/authentication.k8s.io/v1/selfsubjectreviews',
  '/apis/authentication.k8s.io/v1/tokenreviews',
]);

/** `GetCallerIdentity` needs no permission and changes nothing. `Get…` in general may (GetPasswordData, GetSessionToken). */
const AWS_READ = /^(?:Describe[A-Z]\w*|GetCallerIdentity)$/;
const PROMQL = /\/api\/v1\/query(?:_range)?$/;

/** Subresources that a plain GET opens a channel through: into a container, or on to another server. */
const INSIDE = /\/(?:pods\/[^/]+\/(?:exec|attach|portforward)|(?:pods|services|nodes)\/[^/]+\/proxy)(?:\/|$)/;

/** Judged as the server will read it: escapes resolved, repeated slashes taken for one. */
function reachesInside(path: string): boolean {
  return INSIDE.test(unescaped(path).replaceAll(/\/+/g, '/'));
}

function unescaped(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Exactly one, exactly `All`: the API server refuses other values, but a proxy before it may not. */
function isKubeDryRun(query: URLSearchParams): boolean {
  const given = query.getAll('dryRun');
  return given.length === 1 && given[0] === 'All';
}
