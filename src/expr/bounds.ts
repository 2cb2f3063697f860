import vm from 'node:vm';
import { ExpressionError } from './expression-error.ts';
import { MAX_TEXT } from './functions.ts';
import { comprehensionOf, visit, type Evaluate, type Node } from './syntax-tree.ts';

/** Turns of all loops of one evaluation together: some 50 ms. Deterministic, so that a verdict does not depend on load. */
const MAX_TURNS = 200_000;
const MAX_LIST = 100_000;
/** The last resort, in milliseconds, for what costs without looping: comparing values that share their parts. */
const MAX_TIME = 1_000;

let turns = 0;

/**
 * Puts counters on a checked tree: each turn of a loop is counted, and what `+` builds is measured. Answers whether the
 * expression can cost more than its own length, which is whether it must be watched by the clock.
 */
export function countCosts(root: Node): boolean {
  let costly = false;
  visit(root, (node) => {
    const loop = comprehensionOf(node);
    if (loop) loop.step.setMeta('evaluate', counted(loop.step.meta.evaluate));
    if (node.op === '+') node.setMeta('evaluate', measured(node.meta.evaluate));
    if (loop || node.op === 'rcall' || node.op === 'call') costly = true;
  });
  return costly;
}

function counted(evaluate: Evaluate): Evaluate {
  return function countTurn(evaluator, node, context) {
    // quantifiers swallow errors and go round again, so this must refuse before it works, at every turn
    turns += 1;
    if (turns > MAX_TURNS) throw tooCostly(node, `loops more than ${MAX_TURNS} times`);
    return evaluate.call(this, evaluator, node, context);
  };
}

function measured(evaluate: Evaluate): Evaluate {
  return function measureSum(evaluator, node, context) {
    const value = evaluate.call(this, evaluator, node, context);
    const most = typeof value === 'string' ? MAX_TEXT : MAX_LIST;
    if ((typeof value === 'string' || Array.isArray(value)) && value.length > most)
      throw tooCostly(node, 'builds too large a value');
    return value;
  };
}

function tooCostly(node: Node, why: string): ExpressionError {
  return new ExpressionError('ExpressionTooCostly', `the expression ${why}`, {
    offset: node.start,
    length: node.end - node.start,
  });
}

const sandbox: { run: (() => unknown) | undefined } = { run: undefined };
let context: vm.Context | undefined;
const script = new vm.Script('run()');

/** Runs to the end or throws `ExpressionTooCostly`. The vm is there only because its clock can stop running code. */
export function runBounded<T>(run: () => T, costly: boolean): T {
  turns = 0;
  if (!costly) return run();
  context ??= vm.createContext(sandbox);
  sandbox.run = run;
  try {
    return script.runInContext(context, { timeout: MAX_TIME }) as T;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new ExpressionError('ExpressionTooCostly', `the expression takes longer than ${MAX_TIME} ms`, {
      cause: error,
    });
  } finally {
    sandbox.run = undefined;
  }
}
