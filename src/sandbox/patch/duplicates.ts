import { isMap, isScalar, isSeq, parseDocument } from 'yaml';

/** Paths of fields that a JSON or YAML text gives more than once: `data.a`. JSON.parse keeps the last and says nothing. */
export function duplicateFields(text: string): string[] {
  if (isJson(text) && keysInText(text) === keysAfterParsing(text)) return [];
  const document = parseDocument(text, { uniqueKeys: false });
  const found: string[] = [];
  visit(document.contents, '', found);
  return found;
}

function visit(node: unknown, path: string, found: string[]): void {
  if (isSeq(node)) node.items.forEach((item, index) => visit(item, `${path}[${index}]`, found));
  if (!isMap(node)) return;
  const seen = new Set<string>();
  for (const { key, value } of node.items) {
    const name = isScalar(key) ? String(key.value) : String(key);
    const below = path === '' ? name : `${path}.${name}`;
    if (seen.has(name) && !found.includes(below)) found.push(below);
    seen.add(name);
    visit(value, below, found);
  }
}

function isJson(text: string): boolean {
  return text.trimStart().startsWith('{');
}

/** Counting is far cheaper than keeping positions, and nearly every body has no duplicate. */
function keysInText(text: string): number {
  return text.match(/"(?:[^"\\]|\\.)*"(?=\s*:)/g)?.length ?? 0;
}

function keysAfterParsing(text: string): number {
  let count = 0;
  JSON.parse(text, function reviver(this: unknown, key: string, value: unknown) {
    if (key !== '' && !Array.isArray(this)) count++;
    return value;
  });
  return count;
}
