import { EvaluationError } from '@marcbachmann/cel-js';
import { ExpressionError } from './expression-error.ts';
import { REPLACED } from './functions.ts';
import { visit, type Node } from './syntax-tree.ts';

/**
 * Puts our own in the place of what the library does otherwise than we need, before types are checked: methods that have
 * no bound are called by the names of bounded ones, and `has` takes any expression before its last field, as the language
 * has it (`has(self.items[0].name)`; the library takes plain paths only).
 */
export function adapt(root: Node): void {
  visit(root, (node) => {
    if (node.op !== 'call' && node.op !== 'rcall') return;
    const [name, operands] = node.args as [string, Node[]];
    if (node.op === 'rcall') (node.args as [string, Node, Node[]])[0] = REPLACED[name] ?? name;
    if (node.op === 'call' && name === 'has' && node.meta.macro) node.setMeta('macro', hasMacro(operands[0]));
  });
}

interface Checker {
  check(node: Node, context: unknown): unknown;
  getType(name: string): unknown;
}

interface Evaluator {
  run(node: Node, context: unknown): unknown;
}

function hasMacro(field: Node | undefined): object {
  return {
    args: [field],
    async: false,
    typeCheck: (checker: Checker, _: unknown, context: unknown) => {
      if (field?.op !== '.')
        throw new ExpressionError('ExpressionType', 'has() needs a field, such as has(self.status.phase)', {
          offset: field?.start ?? 0,
          length: field ? field.end - field.start : 0,
        });
      checker.check(field, context);
      return checker.getType('bool');
    },
    evaluate: (evaluator: Evaluator, _: unknown, context: unknown) => {
      const [owner] = (field as Node).args as [Node, string];
      evaluator.run(owner, context);
      return isThere(evaluator, field as Node, context);
    },
  };
}

function isThere(evaluator: Evaluator, field: Node, context: unknown): boolean {
  try {
    evaluator.run(field, context);
    return true;
  } catch (error) {
    if (error instanceof EvaluationError && error.code === 'no_such_key') return false;
    throw error;
  }
}
