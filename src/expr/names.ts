import { rootsOf, ROOTS, type Declared } from './declared.ts';
import { ExpressionError } from './expression-error.ts';
import { findPath, memberRange, visit, type Node, type Path } from './syntax-tree.ts';

/** What an expression reads: `params.namespace`, `steps.rebind.outputs`, `self`. Throws `UnknownName` with candidates. */
export function referencesOf(root: Node, declared: Declared, text: string): string[] {
  const references = new Set<string>();
  const covered = new Set<Node>();
  visit(root, (node, bound) => {
    const path = covered.has(node) ? undefined : findPath(node);
    if (!path) return;
    covered.add(path.root);
    for (const { node: member } of path.members) covered.add(member);
    if (bound.has(path.root.args as string)) return;
    const reference = referenceOf(path, declared, text);
    if (reference !== undefined) references.add(reference);
  });
  return [...references];
}

/**
 * Step ids have dashes, and to CEL `steps.stop-the-line` is a subtraction: it is read with underscores (compile.ts).
 */
export function aliasOf(id: string): string {
  return id.replaceAll('-', '_');
}

const STEP_FIELDS = ['outputs', 'answer'];

function referenceOf(path: Path, declared: Declared, text: string): string | undefined {
  const name = path.root.args as string;
  const roots = rootsOf(declared);
  if (!roots.includes(name)) return unknownRoot(path.root, name, roots);
  switch (name) {
    case 'params':
      return `params.${memberOf(path, 0, Object.keys(declared.parameters), 'parameter', text)}`;
    case 'steps': {
      const id = memberOf(path, 0, declared.steps, 'step', text);
      return `steps.${id}.${memberOf(path, 1, STEP_FIELDS, 'field of a step', text)}`;
    }
    case 'each':
      return `each.${memberOf(path, 0, ['key', 'value'], 'field of each', text)}`;
    case 'target':
      return `target.${memberOf(path, 0, ['name', 'class'], 'field of target', text)}`;
    default:
      return name;
  }
}

/** Names that are the language's own: types are values in CEL, and `cel` and `optional` carry functions. */
const LANGUAGE = new Set(
  'int uint double string bool bytes list map null_type type google cel optional dyn'.split(' '),
);

function unknownRoot(node: Node, name: string, roots: readonly string[]): undefined {
  if (LANGUAGE.has(name)) return undefined;
  const known = (ROOTS as readonly string[]).includes(name);
  throw new ExpressionError('UnknownName', known ? outOfReach(name) : `unknown name "${name}"`, {
    offset: node.start,
    length: name.length,
    candidates: roots,
    word: name,
  });
}

function outOfReach(name: string): string {
  if (name === 'self') return '"self" is what a check looks at: it exists only in "expect"';
  return `"${name}" exists only in a step with forEach`;
}

function memberOf(path: Path, index: number, candidates: readonly string[], what: string, text: string): string {
  const member = path.members[index];
  const owner = text.slice(path.root.start, path.members[index - 1]?.node.end ?? path.root.end);
  if (!member)
    throw new ExpressionError('UnknownName', `"${owner}" alone means nothing here: name a ${what}`, {
      offset: path.root.start,
      length: owner.length,
      candidates,
    });
  const range = memberRange(member.node);
  if (member.name === undefined)
    throw new ExpressionError('UnknownName', `name the ${what} by a literal, so that it can be checked beforehand`, {
      ...range,
      candidates,
    });
  const { name } = member;
  const found = candidates.find((one) => one === name || aliasOf(one) === name);
  if (found !== undefined) return found;
  const word = text.slice(range.offset, range.offset + range.length).replaceAll(/^["']|["']$/g, '');
  throw new ExpressionError('UnknownName', `unknown ${what} "${word}"`, { ...range, candidates, word });
}
