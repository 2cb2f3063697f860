import { failure } from '../registry/status.ts';
import type { Rule, Users } from './context.ts';
import type { Identity, RequestInfo } from './request.ts';

export interface Attributes {
  verb: string;
  group?: string;
  resource?: string;
  subresource?: string;
  namespace?: string;
  name?: string;
  /** Set for a non-resource request instead of the resource. */
  path?: string;
}

/** Throws 403 in RBAC's words. */
export function authorize(info: RequestInfo, path: string, identity: Identity, users: Users): void {
  const namespace = namespaceOf(info);
  const attributes: Attributes = info.isResource
    ? { ...info, ...(namespace !== undefined && { namespace }) }
    : { verb: info.verb, path };
  if (allowingRule(attributes, identity, users)) return;
  const who = `User "${identity.username}" cannot ${info.verb}`;
  if (!info.isResource) {
    throw failure(403, 'Forbidden', `forbidden: ${who} path "${path}"`, {});
  }
  const resource = info.subresource === undefined ? info.resource : `${info.resource}/${info.subresource}`;
  const scope = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const title = info.group === '' ? info.resource : `${info.resource}.${info.group}`;
  const subject = info.name === undefined ? title : `${title} "${info.name}"`;
  throw failure(
    403,
    'Forbidden',
    `${subject} is forbidden: ${who} resource "${resource}" in API group "${info.group}" ${scope}`,
    {
      ...(info.name !== undefined && { name: info.name }),
      ...(info.group !== '' && { group: info.group }),
      kind: info.resource,
    },
  );
}

/** A namespace itself counts as inside itself. */
function namespaceOf({ group, resource, namespace, name }: RequestInfo): string | undefined {
  return group === '' && resource === 'namespaces' ? (name ?? namespace) : namespace;
}

/** The first rule that lets them; undefined: they may not. */
export function allowingRule(attributes: Attributes, identity: Identity, users: Users): Rule | undefined {
  if (identity.groups.includes('system:masters')) return { verbs: ['*'] };
  return users.rulesOf(identity, attributes.namespace).find((rule) => covers(rule, attributes));
}

function covers(rule: Rule, attributes: Attributes): boolean {
  if (rule.namespace !== undefined && rule.namespace !== attributes.namespace) return false;
  if (!has(rule.verbs, attributes.verb)) return false;
  if (attributes.path !== undefined)
    return (rule.nonResourceURLs ?? []).some((url) => coversPath(url, attributes.path ?? ''));
  const resource = attributes.resource ?? '';
  const full = attributes.subresource ? `${resource}/${attributes.subresource}` : resource;
  const resources = rule.resources ?? [];
  const resourceMatches =
    has(resources, full) || (attributes.subresource !== undefined && resources.includes(`*/${attributes.subresource}`));
  if (!has(rule.apiGroups ?? [], attributes.group ?? '') || !resourceMatches) return false;
  const names = rule.resourceNames ?? [];
  return names.length === 0 || names.includes(attributes.name ?? '');
}

function coversPath(url: string, path: string): boolean {
  return url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1)));
}

function has(list: string[], value: string): boolean {
  return list.includes('*') || list.includes(value);
}
