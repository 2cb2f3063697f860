/**
 * The part of the CEL library's syntax tree that we look at. `check` hangs the expansion of a macro on `meta`: a
 * comprehension as `alternate`, `has` and `cel.bind` as `macro`.
 */
export interface Node {
  readonly op: string;
  args: unknown;
  readonly start: number;
  readonly end: number;
  /** Of a member access: where the member's name begins. */
  readonly pos: number;
  readonly checkedType?: { readonly name: string; readonly kind: string };
  readonly meta: {
    readonly alternate?: Node;
    readonly macro?: { readonly val?: Node; readonly exp?: Node; readonly var?: string; readonly args?: Node[] };
    evaluate: Evaluate;
  };
  setMeta(key: string, value: unknown): Node;
}

export type Evaluate = (this: Node, evaluator: unknown, node: Node, context: unknown) => unknown;

export interface Comprehension {
  readonly iterable: Node;
  readonly iterVarName: string;
  readonly step: Node;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'op' in value && 'meta' in value;
}

export function comprehensionOf(node: Node): Comprehension | undefined {
  return node.op === 'comprehension' ? (node.args as Comprehension) : undefined;
}

/** Every node that can be evaluated, each once, with the variables that the macros round it bring in. */
export function visit(root: Node, see: (node: Node, bound: ReadonlySet<string>) => void): void {
  const seen = new Set<Node>();
  const go = (value: unknown, bound: ReadonlySet<string>): void => {
    if (Array.isArray(value)) return value.forEach((one) => go(one, bound));
    if (!isNode(value) || seen.has(value)) return;
    seen.add(value);
    see(value, bound);
    for (const [child, name] of childrenOf(value)) go(child, name === undefined ? bound : new Set([...bound, name]));
  };
  go(root, new Set());
}

/** The parts of a node, and the variable that each part has in addition. */
function childrenOf(node: Node): readonly (readonly [unknown, (string | undefined)?])[] {
  const { alternate, macro } = node.meta;
  if (alternate) return [[alternate]];
  if (macro?.exp) return [[macro.val], [macro.exp, macro.var]];
  const loop = comprehensionOf(node);
  if (loop) return [[loop.iterable], [loop.step, loop.iterVarName]];
  return [[node.args]];
}

/** `a.b["c"]` as its root and the names after it; undefined where the path does not begin with a name. */
export interface Path {
  readonly root: Node;
  /** `undefined` for an index that is no literal string. */
  readonly members: readonly { readonly name: string | undefined; readonly node: Node }[];
}

const ACCESS = new Set(['.', '.?', '[]', '[?]']);

export function findPath(node: Node): Path | undefined {
  const members: { name: string | undefined; node: Node }[] = [];
  let at = node;
  while (ACCESS.has(at.op)) {
    const [left, right] = at.args as [Node, Node | string];
    members.unshift({ name: memberName(right), node: at });
    at = left;
  }
  return at.op === 'id' ? { root: at, members } : undefined;
}

function memberName(right: Node | string): string | undefined {
  if (typeof right === 'string') return right;
  return right.op === 'value' && typeof right.args === 'string' ? right.args : undefined;
}

/** Where a member's name stands in the text. */
export function memberRange(node: Node): { offset: number; length: number } {
  const [, right] = node.args as [Node, Node | string];
  if (typeof right === 'string') return { offset: node.end - right.length, length: right.length };
  return { offset: right.start, length: right.end - right.start };
}
