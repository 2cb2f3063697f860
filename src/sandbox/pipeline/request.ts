/** One request as the pipeline sees it, whether it came over HTTP or from a controller in the same process. */
export interface ApiRequest {
  method: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
  /** Names in lower case. */
  headers: Record<string, string | undefined>;
  body: string;
  /** The user agent. */
  client: string;
  /** Set for callers in the same process: they are who they say, no token needed. */
  identity?: Identity;
}

export interface Identity {
  username: string;
  uid?: string;
  groups: string[];
  extra?: Record<string, string[]>;
}

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

/** What a path and a method mean (k8s.io/apiserver/pkg/endpoints/request/requestinfo.go). */
export interface RequestInfo {
  isResource: boolean;
  /** A `Verb`, or the method in lower case where there is none. */
  verb: string;
  group: string;
  version: string;
  namespace?: string;
  resource: string;
  name?: string;
  subresource?: string;
}

const verbs: Record<string, Verb> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

export function requestInfoOf(request: ApiRequest): RequestInfo {
  const parts = request.path
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  const method = request.method.toUpperCase();
  const prefixLength = parts[0] === 'api' ? 2 : 3;
  const isApi = (parts[0] === 'api' || parts[0] === 'apis') && parts.length > prefixLength;
  if (!isApi) return { isResource: false, verb: method.toLowerCase(), group: '', version: '', resource: '' };

  const [group, version] = parts[0] === 'api' ? ['', parts[1] ?? ''] : [parts[1] ?? '', parts[2] ?? ''];
  let rest = parts.slice(prefixLength);
  let verb: RequestInfo['verb'] = verbs[method] ?? method.toLowerCase();
  if (rest[0] === 'watch') {
    rest = rest.slice(1);
    verb = 'watch';
  }
  const place = placeOf(rest);
  // With a name in the path `watch=true` means nothing: the object is read.
  const isCollection = place.name === undefined;
  if (verb === 'get' && isCollection) verb = isTrue(request.query.get('watch')) ? 'watch' : 'list';
  else if (verb === 'delete' && isCollection) verb = 'deletecollection';
  else if (verb === 'get' && opensChannel(place)) verb = 'create';
  return { isResource: true, verb, group, version, ...place };
}

/**
 * For authorization, a collection of which one name is selected counts as that name, so that rules with resourceNames let
 * it through (apiserver requestinfo.go).
 */
export function withSelectedName(info: RequestInfo, { query }: ApiRequest): RequestInfo {
  if (info.name !== undefined || !['list', 'watch', 'deletecollection'].includes(info.verb)) return info;
  const [, name] = /(?:^|,)metadata\.name==?([^=,!][^,]*)/.exec(query.get('fieldSelector') ?? '') ?? [];
  return name === undefined ? info : { ...info, name };
}

/**
 * A websocket opens by GET, but into a container it is no read: since 1.35 a real server asks for `create` as well (gate
 * AuthorizePodWebsocketUpgradeCreatePermission). Its audit log says `get` all the same; ours is also read for what wrote.
 */
function opensChannel({ resource, subresource }: Pick<RequestInfo, 'resource' | 'subresource'>): boolean {
  return resource === 'pods' && subresource === 'exec';
}

/** The verbs that the caller must be allowed: the method's own, and what the request is besides. */
export function neededVerbs(info: RequestInfo, { method }: ApiRequest): string[] {
  return info.isResource && opensChannel(info) && method.toUpperCase() === 'GET' ? ['get', info.verb] : [info.verb];
}

/** `namespaces/x/pods/y/status`; a namespace is itself a resource, with `finalize` and `status` below it. */
function placeOf(rest: string[]): Pick<RequestInfo, 'namespace' | 'resource' | 'name' | 'subresource'> {
  let namespace: string | undefined;
  let parts = rest;
  if (rest[0] === 'namespaces' && rest.length > 2 && rest[2] !== 'status' && rest[2] !== 'finalize') {
    namespace = rest[1];
    parts = rest.slice(2);
  }
  const [resource = '', name, subresource] = parts;
  return {
    ...(namespace !== undefined && { namespace }),
    resource,
    ...(name !== undefined && { name }),
    ...(subresource !== undefined && { subresource }),
  };
}

/** As the server's conversion of query values has it: present and neither `false` nor `0`. */
export function isTrue(text: string | null): boolean {
  return text !== null && !['false', '0'].includes(text.toLowerCase());
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
