import { isJsonObject } from '../model/json.ts';
import type { ReadObject, ReadText, Unreadable } from './manifest.ts';
import { parseText } from './parse.ts';
import { textOf } from './spelled.ts';

/** Lists in lists: deeper than this is no list that anybody made, or one that holds itself. */
const MAX_LIST_DEPTH = 8;

/** Configuration of tools that looks like an object and has no name: nothing of it reaches an API server. */
const TOOL_GROUPS =
  /^(?:skaffold|k3d\.io|(?:.+\.)?(?:config\.k8s\.io|config\.kubernetes\.io|kubeadm\.k8s\.io|kind\.x-k8s\.io|audit\.k8s\.io))$/;
const KUBECONFIG = 'v1 Config';

interface Placed {
  readonly value: unknown;
  readonly line: number;
}

/**
 * The objects of one text, `List`s taken apart. Every document ends in one of three places: an object, unreadable, or ignored
 * because it is no Kubernetes object; none is dropped without a word but the empty ones.
 */
export function readText(text: string): ReadText {
  const { documents, unreadable } = parseText(text);
  const problems: Unreadable[] = [...unreadable];
  const ignored: Unreadable[] = [];
  const objects: ReadObject[] = [];
  const take = (placed: Placed): void => {
    const verdict = judge(placed.value);
    if (verdict === 'object')
      objects.push({ value: placed.value as ReadObject['value'], line: placed.line, ordinal: objects.length });
    else if ('ignored' in verdict) ignored.push({ line: placed.line, reason: verdict.ignored });
    else problems.push({ line: placed.line, reason: verdict.unreadable });
  };
  for (const document of documents) {
    if (document.value === null || document.value === undefined) continue;
    flatten(document, document.itemLines, 0, take, problems);
  }
  return { objects, unreadable: problems.toSorted((a, b) => a.line - b.line), ignored };
}

function flatten(
  placed: Placed,
  itemLines: readonly number[],
  depth: number,
  take: (placed: Placed) => void,
  problems: Unreadable[],
): void {
  const items = itemsOf(placed.value);
  if (!items) {
    take(placed);
    return;
  }
  if (depth === MAX_LIST_DEPTH) {
    problems.push({ line: placed.line, reason: `lists in lists, more than ${MAX_LIST_DEPTH} deep` });
    return;
  }
  items.forEach((value, index) =>
    flatten({ value, line: itemLines[index] ?? placed.line }, [], depth + 1, take, problems),
  );
}

/** The members of a `List` or of a typed list, each with the kind that the list's own name tells where it has none. */
function itemsOf(value: unknown): unknown[] | undefined {
  if (!isJsonObject(value)) return undefined;
  const kind = textOf(value['kind']);
  const items: unknown = value['items'];
  if (kind === undefined || !kind.endsWith('List') || !Array.isArray(items)) return undefined;
  // an object of a custom kind `…List` has a name; a list has none
  if (isJsonObject(value['metadata']) && textOf(value['metadata']['name']) !== undefined) return undefined;
  const itemKind = kind.slice(0, -'List'.length);
  if (itemKind === '') return items;
  return items.map((item: unknown) =>
    isJsonObject(item) && item['kind'] === undefined && item['apiVersion'] === undefined
      ? { apiVersion: value['apiVersion'], kind: itemKind, ...item }
      : item,
  );
}

type Verdict = 'object' | { readonly ignored: string } | { readonly unreadable: string };

function judge(value: unknown): Verdict {
  if (!isJsonObject(value))
    return Array.isArray(value)
      ? { ignored: 'a list of values, no Kubernetes object' }
      : { unreadable: 'a lone text where an object is expected' };
  const apiVersion = textOf(value['apiVersion']);
  const kind = textOf(value['kind']);
  const missing = [...(apiVersion ? [] : ['apiVersion']), ...(kind ? [] : ['kind'])].join(' and no ');
  if (!apiVersion || !kind)
    return isJsonObject(value['metadata'])
      ? { unreadable: `it has metadata, but no ${missing}` }
      : { ignored: `no Kubernetes object: no ${missing}, no metadata` };
  return judgeName(value['metadata'], apiVersion, kind);
}

function judgeName(metadata: unknown, apiVersion: string, kind: string): Verdict {
  const named = isJsonObject(metadata) && (isName(metadata['name']) || isName(metadata['generateName']));
  if (named) return 'object';
  const group = apiVersion.slice(0, Math.max(0, apiVersion.lastIndexOf('/')));
  if (TOOL_GROUPS.test(group) || `${apiVersion} ${kind}` === KUBECONFIG)
    return { ignored: `${kind} of ${apiVersion} is configuration of a tool` };
  return { unreadable: `${kind} has no metadata.name` };
}

function isName(value: unknown): boolean {
  const text = textOf(value);
  return text !== undefined && text !== '';
}
