import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import { durationOf, listOf, mapOf, textOf, type DraftPhase } from './draft.ts';
import type { Problem } from './problem.ts';
import type { Path, Source } from './source.ts';

/** What a schema cannot say of a step: keys that exclude or need each other, and the order inside lists. */
export function shapeProblems(phases: readonly DraftPhase[]): Problem[] {
  return phases.flatMap((phase) =>
    phase.steps.flatMap(({ source, path }) => {
      const raw = stepAt(source.value, path);
      return [
        ...usesProblems(source, path, raw),
        ...gateProblems(source, path, raw),
        ...rolloutProblems(source, path, raw),
        ...forEachProblems(source, path, raw),
        ...durationProblems(source, path, raw),
        ...listOf(raw['verify']).flatMap((check, index) =>
          checkProblems(source, [...path, 'verify', index], mapOf(check)),
        ),
      ];
    }),
  );
}

function stepAt(value: Json, path: Path): JsonObject {
  const [, phase, , step] = path;
  const phases = listOf(mapOf(value)['phases']);
  return mapOf(listOf(mapOf(phases[Number(phase)])['steps'])[Number(step)]);
}

const WITH_INCLUDE = new Set(['id', 'title', 'include', 'with', 'when', 'notes', 'holds']);

function usesProblems(source: Source, path: Path, raw: JsonObject): Problem[] {
  if (raw['include'] === undefined) {
    if (raw['holds'] !== undefined)
      return [
        source.problem('OnlyWithInclude', '"holds" goes with "include" only', [...path, 'holds'], 'key', {
          expected: 'until: STEP, for a step of this runbook',
        }),
      ];
    if (raw['uses'] !== undefined) return [];
    return [
      source.problem('MissingValue', 'the step does nothing', path, 'value', {
        expected: 'uses: ACTION or include: RUNBOOK',
      }),
    ];
  }
  const foreign = Object.keys(raw).filter((key) => !WITH_INCLUDE.has(key) && STEP_KEYS.has(key));
  return foreign.map((key) =>
    source.problem(
      'NotWithInclude',
      `"${key}" does not go with "include": put it on a step of the included runbook`,
      [...path, key],
      'key',
      {
        expected: [...WITH_INCLUDE].join(', '),
      },
    ),
  );
}

const STEP_KEYS = new Set(
  'uses at gate until rollout retry timeout verify onFailure forEach objective dueBefore'.split(' '),
);

function gateProblems(source: Source, path: Path, raw: JsonObject): Problem[] {
  const gate = raw['gate'];
  if (!isJsonObject(gate)) return [];
  const asks = ['confirm', 'checklist', 'choose'].filter((key) => gate[key] !== undefined);
  if (asks.length === 0)
    return [
      source.problem('EmptyGate', 'the gate asks nothing', [...path, 'gate'], 'key', {
        expected: 'confirm, checklist or choose',
      }),
    ];
  const answers = mapOf(gate['choose'])['answers'];
  if (isJsonObject(answers) && Object.keys(answers).length < 2)
    return [
      source.problem('InvalidValue', 'a choice needs at least two answers', [...path, 'gate', 'choose', 'answers']),
    ];
  return [];
}

function rolloutProblems(source: Source, path: Path, raw: JsonObject): Problem[] {
  const sizes = listOf(raw['rollout']);
  const problems: Problem[] = [];
  for (const [index, size] of sizes.entries()) {
    const before = sizes[index - 1];
    const at = [...path, 'rollout', index];
    if (before === 'rest') problems.push(source.problem('InvalidRollout', '"rest" must be the last batch', at));
    else if (typeof size === 'number' && typeof before === 'number' && size < before)
      problems.push(source.problem('InvalidRollout', `batches must not become smaller: ${size} after ${before}`, at));
  }
  return problems;
}

const KEY = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

/** A key stands in the address `target/step[key]`, which names tags and annotations. */
function forEachProblems(source: Source, path: Path, raw: JsonObject): Problem[] {
  const each = raw['forEach'];
  const at = [...path, 'forEach'];
  if (typeof each !== 'object' || each === null) return [];
  const keys: [string, Path, 'key' | 'value'][] = Array.isArray(each)
    ? listOf(each).flatMap((one, index) =>
        typeof one === 'string' && !one.includes('${{') ? [[one, [...at, index], 'value']] : [],
      )
    : Object.keys(each).map((key) => [key, [...at, key], 'key']);
  const seen = new Set<string>();
  const problems: Problem[] = [];
  if (Object.keys(each).length === 0) problems.push(source.problem('EmptyForEach', '"forEach" goes over nothing', at));
  for (const [key, where, spot] of keys) {
    if (!KEY.test(key))
      problems.push(
        source.problem('InvalidKey', `"${key}" cannot be a key`, where, spot, {
          expected: 'letters, digits, dots and dashes, at most 63',
        }),
      );
    if (seen.has(key)) problems.push(source.problem('DuplicateId', `the key "${key}" occurs twice`, where, spot));
    seen.add(key);
  }
  return problems;
}

function durationProblems(source: Source, path: Path, raw: JsonObject): Problem[] {
  const zero = ['timeout', 'objective'].filter((key) => durationOf(raw[key]) === 0);
  return zero.map((key) => notZero(source, [...path, key], key));
}

function notZero(source: Source, path: Path, key: string): Problem {
  return source.problem('InvalidValue', `"${key}" must be more than zero`, path);
}

const KINDS = ['object', 'http', 'promql', 'command'];

function checkProblems(source: Source, path: Path, raw: JsonObject): Problem[] {
  const kinds = KINDS.filter((kind) => raw[kind] !== undefined);
  const problems: Problem[] = [];
  if (kinds.length === 0)
    problems.push(
      source.problem('CheckKind', 'the check looks at nothing', path, 'value', {
        expected: `one of ${KINDS.join(', ')}`,
      }),
    );
  for (const kind of kinds.slice(1))
    problems.push(
      source.problem('CheckKind', `a check looks at one thing: "${kinds[0]}" or "${kind}"`, [...path, kind], 'key'),
    );
  if (raw['expect'] === undefined && !(kinds[0] === 'object' && raw['count'] !== undefined))
    problems.push(
      source.problem('MissingValue', '"expect" is missing', path, 'value', { expected: 'a condition over self' }),
    );
  for (const key of ['over', 'count'])
    if (raw[key] !== undefined && kinds.length > 0 && kinds[0] !== 'object')
      problems.push(source.problem('CheckKind', `"${key}" is for checks on objects`, [...path, key], 'key'));
  if (raw['stalledAfter'] !== undefined && raw['progress'] === undefined)
    problems.push(source.problem('MissingValue', '"stalledAfter" needs "progress"', [...path, 'stalledAfter'], 'key'));
  if (durationOf(raw['within']) === 0) problems.push(notZero(source, [...path, 'within'], 'within'));
  const { name, labelSelector } = mapOf(raw['object']);
  if (textOf(name) !== undefined && textOf(labelSelector) !== undefined)
    problems.push(
      source.problem(
        'CheckKind',
        'a check names one object or selects by labels, not both',
        [...path, 'object', 'labelSelector'],
        'key',
      ),
    );
  if (textOf(name) !== undefined && typeof raw['count'] === 'number' && raw['count'] > 1)
    problems.push(source.problem('CannotPass', `one named object is never ${raw['count']}`, [...path, 'count']));
  return problems;
}
