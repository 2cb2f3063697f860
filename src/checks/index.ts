import type { Json } from '../model/json.ts';
import type { CheckSpec } from '../model/runbook.ts';
import type { CommandAnswer } from '../ports/door.ts';
import type { ReadWorld } from '../ports/read-world.ts';
import { commandSelf } from './command.ts';
import { httpSelf } from './http.ts';
import { judgeOf, renderedCheck, type CheckEnvironment, type Judge } from './judge.ts';
import { objectsOf, type Over } from './object.ts';
import { queryPrometheus } from './promql.ts';

export interface CheckRequest {
  readonly spec: CheckSpec;
  readonly env: CheckEnvironment;
  /** For `over: items`: the items done so far and their objects; empty for any other check. */
  readonly over: Over;
  readonly world: ReadWorld;
  /** Runs a command under the step's leave: only in a run. */
  readonly command: (argv: readonly string[]) => Promise<CommandAnswer>;
}

export interface Checked {
  readonly state: 'passed' | 'not-yet' | 'failed';
  readonly because: string;
  readonly progress?: { readonly value: number; readonly total?: number };
}

/**
 * Looks once. `not-yet` may still come true, also where a key is missing; `failed` never will (an expression that cannot
 * be evaluated). Zero matches are a miss unless `count: 0`. Throws what the reader throws: CannotSee is no verdict.
 */
export async function evaluateCheck({ spec, env, over, world, command }: CheckRequest): Promise<Checked> {
  const check = renderedCheck(spec.check, env);
  if ('waitsFor' in check) return { state: 'not-yet', because: `waits for step ${check.waitsFor.join(', ')}` };
  const judge = judgeOf(spec, env);
  switch (check.kind) {
    case 'object':
      return judgeMany(spec, await objectsOf(check, over, world), judge);
    case 'http':
      return judgeOne(await httpSelf(check, world), judge);
    case 'command':
      return judgeOne(commandSelf(await command(check.argv)), judge);
    case 'promql': {
      const queried = await queryPrometheus(check, world);
      if ('state' in queried) return queried;
      return judgeMany(spec, { objects: queried.series, missing: [], what: 'series' }, judge);
    }
  }
}

function judgeOne(self: Json, judge: Judge): Checked {
  const { is, because } = judge.of(self);
  const value = judge.progress(self);
  const progress = value === undefined ? {} : { progress: { value } };
  if (is === 'broken') return { state: 'failed', because };
  return { state: is === 'true' ? 'passed' : 'not-yet', because, ...progress };
}

function judgeMany(
  spec: CheckSpec,
  { objects, missing, what }: Awaited<ReturnType<typeof objectsOf>>,
  judge: Judge,
): Checked {
  const verdicts = objects.map(({ label, self }) => ({ label, value: judge.progress(self), ...judge.of(self) }));
  const broken = verdicts.find(({ is }) => is === 'broken');
  if (broken) return { state: 'failed', because: `${broken.label}: ${broken.because}` };
  const matching = verdicts.filter(({ is }) => is === 'true').length;
  const total = objects.length + missing.length;
  const passed = spec.count === undefined ? total > 0 && matching === total : matching === spec.count;
  const values = verdicts.flatMap(({ value }) => (value === undefined ? [] : [value]));
  const value = values.length > 0 ? values.reduce((sum, one) => sum + one, 0) : matching;
  const progress = values.length > 0 ? { value } : { value, total: spec.count ?? total };
  return { state: passed ? 'passed' : 'not-yet', because: wordsOf(), ...(total > 0 && { progress }) };

  function wordsOf(): string {
    const counted = `${matching} of ${total} ${what}`;
    if (total === 0) return spec.count === 0 ? `no ${what}, as expected` : `no ${what} there`;
    if (passed) return spec.count === undefined ? `all ${counted.replace(/^\d+ of /, '')}` : `${counted}, as expected`;
    const not = [
      ...missing.map((one) => `${one} is not there`),
      ...verdicts.filter(({ is }) => is !== 'true').map((one) => `${one.label}: ${one.because}`),
    ];
    return `${counted}${spec.count === undefined ? '' : ` (${spec.count} expected)`}; ${not.slice(0, 3).join('; ')}${not.length > 3 ? '; …' : ''}`;
  }
}
