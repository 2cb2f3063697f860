import { parseDuration } from '../model/duration.ts';
import type { SourcePosition } from '../model/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import type { CheckSpec, Gate, Parameter, Phase, Step } from '../model/runbook.ts';
import { celTextOf } from '../expr/rewrite.ts';
import type { Path, Source } from './source.ts';

/**
 * A runbook as far as it could be read. What the schema refused is left out, so that everything else is still looked at and
 * a person gets all faults at once; a draft without problems is the runbook.
 */
export interface DraftPhase {
  readonly phase: Omit<Phase, 'steps'>;
  readonly steps: readonly DraftStep[];
  readonly source: Source;
  readonly path: Path;
}

export interface DraftStep {
  readonly step: Step;
  readonly include?: string;
  /** Of an include: ids of its steps, each with the step here that ends it as a hold. */
  readonly holds?: Readonly<Record<string, string>>;
  readonly source: Source;
  readonly path: Path;
  /** The steps that include the file, outermost last. */
  readonly includedFrom: readonly SourcePosition[];
}

export function draftPhases(source: Source): DraftPhase[] {
  const phases = listOf(mapOf(source.value)['phases']).map(mapOf);
  return phases.map((raw, index) => {
    const id = textOf(raw['id']) ?? `phase-${index + 1}`;
    const above = index === 0 ? [] : [textOf(phases[index - 1]?.['id']) ?? `phase-${index}`];
    const needs = Array.isArray(raw['needs']) ? raw['needs'].flatMap((one: Json) => textOf(one) ?? []) : above;
    const path = ['phases', index];
    const steps = listOf(raw['steps']).map((step, at) => draftStep(source, [...path, 'steps', at], mapOf(step), id));
    const phase = {
      id,
      title: textOf(raw['title']) ?? id,
      needs,
      ...optional({ objective: durationOf(raw['objective']) }),
    };
    return { phase, steps, source, path };
  });
}

const WITHIN = 120_000;
const RETRY = { attempts: 3, delay: 2_000 };

function draftStep(source: Source, path: Path, raw: JsonObject, phase: string): DraftStep {
  const id = textOf(raw['id']) ?? `step-${path.join('-')}`;
  const retry = mapOf(raw['retry']);
  const rollout = listOf(raw['rollout']).filter((one) => typeof one === 'number' || one === 'rest');
  const step: Step = {
    id,
    phase,
    title: textOf(raw['title']) ?? id,
    uses: textOf(raw['uses']) ?? '',
    with: mapOf(raw['with']),
    at: raw['at'] === 'argocd' ? 'argocd' : 'cluster',
    retry: {
      attempts: numberOf(retry['attempts']) ?? RETRY.attempts,
      delay: durationOf(retry['delay']) ?? RETRY.delay,
    },
    verify: listOf(raw['verify']).flatMap((one) => checkOf(mapOf(one)) ?? []),
    onFailure: raw['onFailure'] === 'pause' ? 'pause' : 'ask',
    ...optional({
      when: typeof raw['when'] === 'boolean' ? String(raw['when']) : bareOf(raw['when']),
      forEach: forEachOf(raw['forEach']),
      gate: gateOf(raw['gate']),
      until: textOf(raw['until']),
      rollout: rollout.length > 0 ? rollout : undefined,
      timeout: durationOf(raw['timeout']),
      notes: textOf(raw['notes']),
      objective: durationOf(raw['objective']),
      dueBefore: textOf(raw['dueBefore']),
    }),
  };
  const holds = Object.entries(mapOf(raw['holds'])).flatMap(([inner, until]) => {
    const text = textOf(until);
    return text === undefined ? [] : [[inner, text] as const];
  });
  return {
    step,
    source,
    path,
    includedFrom: [],
    ...optional({
      include: textOf(raw['include']),
      holds: holds.length > 0 ? Object.fromEntries(holds) : undefined,
    }),
  };
}

const WRAPPED = /^\s*\$\{\{((?:(?!\$\{\{).)*)\}\}\s*$/s;

/** `when`, `expect` and `forEach` are expressions already; `${{ }}` round one is taken off. */
export function bareOf(value: Json | undefined): string | undefined {
  const text = textOf(value);
  return text === undefined ? undefined : (WRAPPED.exec(text)?.[1] ?? text).trim();
}

/** How far into the written text the bare expression begins. */
export function bareOffset(text: string): number {
  const inner = WRAPPED.exec(text)?.[1];
  const from = inner === undefined ? 0 : text.indexOf('${{') + 3;
  const rest = inner ?? text;
  return from + rest.length - rest.trimStart().length;
}

function forEachOf(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return bareOf(value);
  return typeof value === 'object' && value !== null ? tolerant(() => celTextOf(value)) : undefined;
}

/** A template that is not closed is told where expressions are checked. */
function tolerant<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function gateOf(value: Json | undefined): Gate | undefined {
  if (!isJsonObject(value)) return undefined;
  const choose = mapOf(value['choose']);
  const confirm = value['confirm'];
  return {
    at: value['at'] === 'after' ? 'after' : 'before',
    ...(confirm === true || confirm === 'type-target' ? { confirm } : {}),
    ...(isJsonObject(value['choose']) && {
      choose: { question: textOf(choose['question']) ?? '', answers: textsOf(choose['answers']) },
    }),
    ...optional({
      checklist: Array.isArray(value['checklist'])
        ? listOf(value['checklist']).flatMap((one) => textOf(one) ?? [])
        : undefined,
      message: textOf(value['message']),
      decideBy: durationOf(value['decideBy']),
    }),
  };
}

function checkOf(raw: JsonObject): CheckSpec | undefined {
  const check = whatOf(raw);
  if (!check) return undefined;
  return {
    check,
    // `count: 0` and no condition: none at all
    expect: bareOf(raw['expect']) ?? 'true',
    within: durationOf(raw['within']) ?? WITHIN,
    ...(raw['over'] === 'items' && { over: 'items' as const }),
    ...optional({
      count: numberOf(raw['count']),
      progress: bareOf(raw['progress']),
      stalledAfter: durationOf(raw['stalledAfter']),
    }),
  };
}

function whatOf(raw: JsonObject): CheckSpec['check'] | undefined {
  const { object, http, promql, command } = raw;
  if (isJsonObject(object))
    return {
      kind: 'object',
      apiVersion: textOf(object['apiVersion']) ?? '',
      objectKind: textOf(object['kind']) ?? '',
      ...optional({
        name: textOf(object['name']),
        namespace: textOf(object['namespace']),
        labelSelector: textOf(object['labelSelector']),
        at: object['at'] === 'argocd' || object['at'] === 'cluster' ? object['at'] : undefined,
      }),
    };
  if (isJsonObject(http))
    return {
      kind: 'http',
      url: textOf(http['url']) ?? '',
      method: http['method'] === 'HEAD' ? 'HEAD' : 'GET',
      ...(isJsonObject(http['headers']) && { headers: textsOf(http['headers']) }),
    };
  if (isJsonObject(promql))
    return { kind: 'promql', url: textOf(promql['url']) ?? '', query: textOf(promql['query']) ?? '' };
  if (Array.isArray(command)) return { kind: 'command', argv: listOf(command).flatMap((one) => textOf(one) ?? []) };
  return undefined;
}

export function draftParameters(source: Source): Record<string, Parameter> {
  const raw = Object.entries(mapOf(mapOf(source.value)['parameters']));
  return Object.fromEntries(raw.map(([name, one]) => [name, parameterOf(mapOf(one))]));
}

const TYPES = new Set(['string', 'integer', 'number', 'boolean', 'list', 'map']);

function parameterOf(raw: JsonObject): Parameter {
  const type = textOf(raw['type']) ?? '';
  return {
    type: TYPES.has(type) ? (type as Parameter['type']) : 'string',
    description: textOf(raw['description']) ?? '',
    required: !('default' in raw) && raw['required'] !== false,
    ...(raw['default'] !== undefined && { default: raw['default'] }),
    ...(Array.isArray(raw['enum']) && { enum: raw['enum'] as Json[] }),
    ...optional({ pattern: textOf(raw['pattern']) }),
  };
}

/** Without the members that are undefined. */
function optional<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

export function mapOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as Json[]) : [];
}

export function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function textsOf(value: Json | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(mapOf(value)).filter((one): one is [string, string] => typeof one[1] === 'string'),
  );
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

export function durationOf(value: Json | undefined): number | undefined {
  return typeof value === 'string' ? parseDuration(value) : undefined;
}
