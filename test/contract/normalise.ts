import type { Fields } from './case.ts';

/** What may differ between two servers, and between two runs on one. Everything else must be equal. */
export interface Rule {
  readonly name: string;
  readonly why: string;
  /** The text that stands for this one; the key is the field's name, the id that of the case. */
  readonly replace: (text: string, key: string, id: string) => string;
}

const uid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const whole =
  (...keys: string[]) =>
  (pattern: RegExp, by: string) =>
  (text: string, key: string) =>
    keys.includes(key) ? text.replace(pattern, by) : text;

export const rules: readonly Rule[] = [
  {
    name: 'names',
    why: 'each case has names and a namespace of its own, with a random part',
    replace: (text, _key, id) => text.replaceAll(id, '<id>'),
  },
  {
    name: 'addresses of the servers',
    why: 'a free port',
    replace: (text) => text.replaceAll(/\b\d+\.\d+\.\d+\.\d+:\d+/g, '<server>'),
  },
  { name: 'uids', why: 'random', replace: (text) => text.replaceAll(uid, '<uid>') },
  {
    name: 'times',
    why: 'the clock',
    replace: (text) => text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)/g, '<time>'),
  },
  {
    name: 'revisions',
    why: 'one counter for all objects of a server',
    replace: (text, key) =>
      (key === 'resourceVersion' && /^[1-9]\d*$/.test(text) ? '<revision>' : text)
        .replace(/(ResourceVersion in (?:record|the precondition) \()\d+\)/g, '$1<revision>)')
        .replace(/("resourceVersion\\*":\\*")\d+/g, '$1<revision>')
        .replace(/(Too large resource version: )\d+(, current: )\d+/, '$1<revision>$2<revision>')
        .replace(/(\bresourceVersion: ")\d+/g, '$1<revision>')
        .replace(/(too old resource version: )\d+ \(\d+\)/, '$1<revision> (<revision>)'),
  },
  { name: 'page tokens', why: 'hold a revision', replace: whole('continue')(/^.+$/, '<continue>') },
  {
    name: 'requests',
    why: 'a page token or a revision that the server gave, sent back',
    replace: whole('request')(/\b(continue|resourceVersion)=(eyJ2IjoibWV0Y[\w-]+|\d{2,8})(?=&|$)/g, '$1=<given>'),
  },
  {
    name: 'generated names',
    why: 'five random letters',
    replace: (text) =>
      text
        .replaceAll(/\b(generated-)[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, '$1<suffix>')
        .replaceAll(/\b(kube-api-access-)[a-z0-9]{5}\b/g, '$1<suffix>'),
  },
  {
    name: 'addresses',
    why: 'given out from a range of the server',
    replace: (text, key) =>
      ['clusterIP', 'clusterIPs', 'podIP', 'podIPs', 'ip', 'hostIP', 'hostIPs', 'cells'].includes(key)
        ? text.replace(/^10\.\d+\.\d+\.\d+$/, '<address>')
        : text,
  },
  { name: 'ages', why: 'the clock', replace: whole('cells')(/^(\d+[smhd])+$/, '<age>') },
  {
    name: 'tokens and certificates',
    why: 'signed by the keys of each server',
    replace: (text, key) =>
      key === 'token' || key === 'ca.crt' || key === 'caBundle'
        ? `<${key}>`
        : text.replaceAll(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, '<jwt>'),
  },
  {
    name: 'diffs of Go structs',
    why: 'a real server appends the dump of its own types to the sentence that forbids a change',
    replace: (text) =>
      text.replace(/(immutable after creation.*?|may not change fields other than.*?|are forbidden)(\n[^]*|\])$/, '$1'),
  },
];

/**
 * What the binder leaves on a claim depends on which of its looks came first, on a real server as well. Cases that are about
 * one of these expect it by name, on both.
 */
const IN_PASSING: ReadonlySet<string> = new Set([
  'pv.kubernetes.io/bound-by-controller',
  'volume.beta.kubernetes.io/storage-provisioner',
  'volume.kubernetes.io/storage-provisioner',
]);

/** Entries of managedFields are in the order of their times, and which writes fall into one second is chance. */
const byText = (one: unknown, other: unknown): number => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);

export function normalised(value: unknown, id: string, key = ''): unknown {
  if (typeof value === 'string') return rules.reduce((text, rule) => rule.replace(text, key, id), value);
  if (Array.isArray(value)) {
    const items = value.map((item) => normalised(item, id, key));
    return key === 'managedFields' ? items.toSorted(byText) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as Fields)
    .filter(([name]) => key !== 'annotations' || !IN_PASSING.has(name))
    .map(([name, inner]) => [normalised(name, id) as string, normalised(inner, id, name)] as const);
  return Object.fromEntries(entries);
}
