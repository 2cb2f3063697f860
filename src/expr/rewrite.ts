import type { Json, JsonObject } from '../model/json.ts';
import { parseTree } from './compile.ts';
import type { Declared } from './declared.ts';
import { aliasOf } from './names.ts';
import { findPath, visit, type Node } from './syntax-tree.ts';
import { splitTemplate } from './template.ts';

/** How the names of an included runbook are said in the runbook that includes it. */
export interface Renaming {
  /** The CEL text that stands for a parameter; undefined leaves it as it is. */
  parameter(name: string): string | undefined;
  step(id: string): string;
}

interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The same expression with `params.x` and `steps.y` said otherwise. The text must have compiled against `declared`. */
export function rewrite(text: string, declared: Declared, renaming: Renaming): string {
  const splices: Splice[] = [];
  const done = new Set<Node>();
  visit(parseTree(text, declared), (node, bound) => {
    const present = presenceOf(node, renaming);
    if (present) splices.push(present);
    const path = done.has(node) ? undefined : findPath(node);
    const [member] = path?.members ?? [];
    if (!path || !member) return;
    done.add(path.root);
    for (const one of path.members) done.add(one.node);
    if (bound.has(path.root.args as string)) return;
    const said = sayOf(path.root.args as string, member.name ?? '', declared, renaming);
    if (said !== undefined) splices.push({ start: path.root.start, end: member.node.end, text: said });
  });
  return spliced(text, splices);
}

function sayOf(root: string, name: string, declared: Declared, renaming: Renaming): string | undefined {
  if (root === 'params') return renaming.parameter(name);
  if (root !== 'steps') return undefined;
  const id = declared.steps.find((one) => one === name || aliasOf(one) === name) ?? name;
  return `steps[${JSON.stringify(renaming.step(id))}]`;
}

/** `has(params.x)` asks whether a value is given, which an include decides: with a value in its place it is no field. */
function presenceOf(node: Node, renaming: Renaming): Splice | undefined {
  const [field] = (node.op === 'call' && node.meta.macro?.args) || [];
  const path = field && findPath(field);
  if (!path || path.members.length !== 1 || path.root.args !== 'params') return undefined;
  const said = renaming.parameter(path.members[0]?.name ?? '');
  return said === undefined ? undefined : { start: node.start, end: node.end, text: 'true' };
}

/** From the end, so that offsets stay true; of two that overlap the outer one counts. */
function spliced(text: string, splices: readonly Splice[]): string {
  let result = text;
  let from = Number.POSITIVE_INFINITY;
  const outermost = splices.filter(
    (one) => !splices.some((other) => other !== one && other.start <= one.start && other.end >= one.end),
  );
  for (const splice of outermost.toSorted((a, b) => b.start - a.start)) {
    if (splice.end > from) continue;
    result = result.slice(0, splice.start) + splice.text + result.slice(splice.end);
    from = splice.start;
  }
  return result;
}

/** `rewrite` for every `${{ }}` inside a JSON value. */
export function rewriteTemplate(template: Json, declared: Declared, renaming: Renaming): Json {
  if (typeof template === 'string') return rewriteText(template, declared, renaming);
  if (typeof template !== 'object' || template === null) return template;
  if (Array.isArray(template)) return template.map((one: Json) => rewriteTemplate(one, declared, renaming));
  const entries = Object.entries(template as JsonObject);
  return Object.fromEntries(entries.map(([key, one]) => [key, rewriteTemplate(one, declared, renaming)]));
}

export function rewriteText(template: string, declared: Declared, renaming: Renaming): string {
  const parts = splitTemplate(template).map((part) =>
    part.kind === 'text'
      ? part.text.replaceAll('${{', () => '$${{')
      : `\${{ ${rewrite(part.text, declared, renaming)} }}`,
  );
  return parts.join('');
}

/** A JSON value that may hold `${{ }}` as one CEL expression. A `number` stays a double: `2` is said `2.0`. */
export function celTextOf(value: Json, asDouble = false): string {
  if (typeof value === 'string') return celTextOfTemplate(value);
  if (typeof value === 'number') return numberText(value, asDouble);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map((one: Json) => celTextOf(one)).join(', ')}]`;
  const entries = Object.entries(value).map(
    ([key, one]: [string, Json]) => `${JSON.stringify(key)}: ${celTextOf(one)}`,
  );
  return `{${entries.join(', ')}}`;
}

function numberText(value: number, asDouble: boolean): string {
  const text = asDouble && Number.isInteger(value) ? value.toFixed(1) : String(value);
  return value < 0 ? `(${text})` : text;
}

function celTextOfTemplate(template: string): string {
  const parts = splitTemplate(template);
  const said = parts.map((part) => {
    if (part.kind === 'text') return JSON.stringify(part.text);
    return parts.length === 1 ? `(${part.text})` : `string(${part.text})`;
  });
  return said.length === 1 ? said.join('') : `(${said.join(' + ')})`;
}
