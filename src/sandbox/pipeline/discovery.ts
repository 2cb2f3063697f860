import { createHash } from 'node:crypto';
import { apiVersionOf } from '../registry/registry.ts';
import type { Registry } from '../registry/registry.ts';
import { noSuchPath, notSimulated } from '../registry/status.ts';
import type { Kind, Subresource } from '../registry/kind.ts';
import { formOf, notAcceptable } from './negotiate.ts';
import type { ApiRequest } from './request.ts';
import { objectResult, textResult, yamlResult } from './result.ts';
import type { Result } from './result.ts';

/** /api, /apis and what is below them: what kinds there are. Undefined: not a discovery path. */
export function serveDiscovery(registry: Registry, request: ApiRequest): Result | undefined {
  const result = discoveryOf(registry, request);
  if (!result || result.content.type !== 'object' || result.headers.etag !== undefined) return result;
  return formOf(request.headers.accept).isYaml ? yamlResult(result.content.value, result.status) : result;
}

function discoveryOf(registry: Registry, request: ApiRequest): Result | undefined {
  const parts = request.path.split('/').filter((part) => part !== '');
  if (parts[0] === 'api' && parts.length === 1) return aggregatedOr(request, registry, true, () => coreVersions());
  if (parts[0] === 'apis' && parts.length === 1)
    return aggregatedOr(request, registry, false, () => groupList(registry));
  if (parts[0] === 'api' && parts.length === 2) return resourceList(registry, '', parts[1] ?? '');
  if (parts[0] === 'apis' && parts.length === 2) return group(registry, parts[1] ?? '');
  if (parts[0] === 'apis' && parts.length === 3) return resourceList(registry, parts[1] ?? '', parts[2] ?? '');
  return undefined;
}

function coreVersions(): unknown {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '127.0.0.1:443' }],
  };
}

function groupList(registry: Registry): unknown {
  const groups = groupsOf(registry).map((name) => groupOf(registry, name));
  return { kind: 'APIGroupList', apiVersion: 'v1', groups };
}

function group(registry: Registry, name: string): Result {
  if (!registry.hasGroup(name)) {
    if (registry.leavesOut(name)) throw notSimulated(`the API group ${name}`);
    return textResult('404 page not found\n', 404);
  }
  return objectResult({ kind: 'APIGroup', apiVersion: 'v1', ...groupOf(registry, name) });
}

function groupOf(registry: Registry, name: string): { name: string; versions: unknown[]; preferredVersion: unknown } {
  const versions = versionsOf(registry, name).map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] };
}

function resourceList(registry: Registry, groupName: string, version: string): Result {
  const kinds = registry.all().filter((kind) => kind.group === groupName && kind.version === version);
  if (kinds.length === 0) {
    if (registry.leavesOut(groupName, version)) throw notSimulated(`the API group ${groupName}/${version}`);
    if (groupName !== '' && !registry.hasGroup(groupName)) return textResult('404 page not found\n', 404);
    throw noSuchPath();
  }
  const resources = kinds.flatMap((kind) => [
    resourceOf(kind),
    ...kind.subresources.map((each) => subresourceOf(kind, each)),
  ]);
  return objectResult({
    kind: 'APIResourceList',
    ...(groupName !== '' && { apiVersion: 'v1' }),
    groupVersion: apiVersionOf({ group: groupName, version }),
    resources,
  });
}

function resourceOf(kind: Kind): unknown {
  return {
    name: kind.resource,
    singularName: kind.singular,
    namespaced: kind.namespaced,
    kind: kind.kind,
    verbs: kind.verbs,
    ...(kind.shortNames.length > 0 && { shortNames: kind.shortNames }),
    ...(kind.categories.length > 0 && { categories: kind.categories }),
    ...(kind.verbs.includes('list') && { storageVersionHash: kind.storageVersionHash ?? storageHashOf(kind) }),
  };
}

/** What a server publishes so that clients see a storage migration. */
function storageHashOf({ group, version, kind }: Kind): string {
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64');
}

function subresourceOf(kind: Kind, { name, ...rest }: Subresource): unknown {
  return { name: `${kind.resource}/${name}`, singularName: '', namespaced: kind.namespaced, ...rest };
}

const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Discovery in one answer (apidiscovery.k8s.io/v2) for clients that accept it, as kubectl does. */
function aggregatedOr(request: ApiRequest, registry: Registry, core: boolean, legacy: () => unknown): Result {
  const ranges = (request.headers.accept ?? '*/*').split(',').map((range) => range.trim());
  for (const range of ranges) {
    if (range.startsWith(aggregatedType)) {
      return aggregated(registry, core);
    }
    if (/^(application\/json|\*\/\*|application\/\*)$/.test(range)) return objectResult(legacy());
  }
  throw notAcceptable(request.headers.accept);
}

function aggregated(registry: Registry, core: boolean): Result {
  const names = core ? [''] : groupsOf(registry);
  const items = names.map((name) => ({
    metadata: name === '' ? {} : { name },
    versions: versionsOf(registry, name).map((version) => ({
      version,
      resources: registry
        .all()
        .filter((kind) => kind.group === name && kind.version === version)
        .map(aggregatedResource),
      freshness: 'Current',
    })),
  }));
  const body = { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
  const etag = `"${createHash('sha512').update(JSON.stringify(body)).digest('hex').toUpperCase()}"`;
  return objectResult(body, 200, {
    'content-type': aggregatedType,
    etag,
  });
}

function aggregatedResource(kind: Kind): unknown {
  const custom = kind.custom ? { group: kind.group, version: kind.version } : { group: '', version: '' };
  return {
    resource: kind.resource,
    responseKind: { ...custom, kind: kind.kind },
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: kind.verbs,
    ...(kind.shortNames.length > 0 && { shortNames: kind.shortNames }),
    ...(kind.categories.length > 0 && { categories: kind.categories }),
    ...(kind.subresources.length > 0 && {
      subresources: kind.subresources.map(({ name, verbs, kind: subKind, group = '', version = '' }) => ({
        subresource: name,
        responseKind: { group: group || custom.group, version: version || custom.version, kind: subKind },
        verbs,
      })),
    }),
  };
}

function groupsOf(registry: Registry): string[] {
  return [...new Set(registry.all().map((kind) => kind.group))].filter((name) => name !== '');
}

function versionsOf(registry: Registry, groupName: string): string[] {
  return [
    ...new Set(
      registry
        .all()
        .filter((kind) => kind.group === groupName)
        .map((kind) => kind.version),
    ),
  ];
}
