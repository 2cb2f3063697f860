import type { z } from 'zod';
import type { Change, Item, Scope } from './change.ts';
import type { Digest } from './digest.ts';
import type { Json } from './json.ts';
import type { Evidence } from './question.ts';

export type ActionKind = 'converge' | 'once';

/** Where and when a step stands: given to planners so that they need no clock and no globals. */
export interface Situation {
  /** `target/step` or `target/step[key]`: stable across runs, the name under which things are tagged. */
  readonly address: string;
  readonly target: string;
  readonly endpoint: 'cluster' | 'argocd';
  /** RFC 3339, UTC: when the disaster began, if anybody said so. */
  readonly impactAt?: string;
  /** Directory that relative paths in `with` start from: that of the runbook file. */
  readonly baseDir: string;
  /** What a person said of this step in this run; see `isOverridden`. */
  readonly overrides?: readonly Override[];
}

/** One reason to be blocked that a person may know better about. `object` is as a person names it: `shop/data-0`. */
export interface Guard {
  readonly name: string;
  readonly object: string;
  /** Over what it was found by: an override holds only while that is the same. */
  readonly evidence: Digest;
  readonly overridable: boolean;
}

/** A person's word against one guard, about the evidence that was shown. */
export interface Override {
  /** `NAME:OBJECT`. */
  readonly guard: string;
  readonly evidence: Digest;
}

export function guardLabel({ name, object }: Pick<Guard, 'name' | 'object'>): string {
  return `${name}:${object}`;
}

export function isOverridden(guard: Guard, { overrides }: Pick<Situation, 'overrides'>): boolean {
  const label = guardLabel(guard);
  return guard.overridable && (overrides ?? []).some((one) => one.guard === label && one.evidence === guard.evidence);
}

export type Planned =
  | { readonly effect: 'satisfied'; readonly because: string }
  | {
      readonly effect: 'blocked';
      readonly because: string;
      readonly evidence?: readonly Evidence[];
      /** All that stand in the way, where they can be told apart: absent, nobody can override anything. */
      readonly guards?: readonly Guard[];
      /** The Changes that will be needed once nothing stands in the way, as far as they can be told: for their permissions. */
      readonly foreseen?: readonly Change[];
    }
  | {
      readonly effect: 'changes';
      readonly items: readonly Item[];
      readonly because?: string;
      readonly evidence?: readonly Evidence[];
    };

/** What lint and help need of an action, without being able to run it. */
export interface ActionSignature {
  readonly name: string;
  readonly summary: string;
  readonly kind: ActionKind;
  readonly input: z.ZodType;
  readonly output?: z.ZodType;
  /** Upper bound of what the step may touch; must hold for every world. Throws nothing for a parsed input. */
  touches(input: Json): readonly Scope[];
  /** Words for lint: what an action establishes (`retain`), and what it undoes, over which namespaces. */
  readonly establishes?: string;
  readonly undoes?: string;
  /** Paths in `with` whose files a run pins by digest. */
  manifests?(input: Json): readonly string[];
}

/** `World` is ports/ReadWorld; the engine sees only this erased form and knows no action by name. */
export interface Action<World> extends ActionSignature {
  observe(input: Json, world: World, situation: Situation, only?: readonly string[]): Promise<unknown>;
  /** Pure. An empty plan (`satisfied`) IS the post-condition. */
  plan(input: Json, seen: unknown, situation: Situation): Planned;
  /** `results` are those of the performed Changes, in order. */
  outputOf?(input: Json, seen: unknown, results: readonly { change: Change; result: Json }[]): Json;
}

export interface ActionSpec<World, Input, Seen> {
  name: string;
  summary: string;
  kind: ActionKind;
  input: z.ZodType<Input>;
  output?: z.ZodType;
  establishes?: string;
  undoes?: string;
  touches(input: Input): readonly Scope[];
  manifests?(input: Input): readonly string[];
  observe(input: Input, world: World, situation: Situation, only?: readonly string[]): Promise<Seen>;
  plan(input: Input, seen: Seen, situation: Situation): Planned;
  outputOf?(input: Input, seen: Seen, results: readonly { change: Change; result: Json }[]): Json;
}

/** Ties an action's types together once, at its definition, and hands the engine the erased form. */
export function defineAction<World, Input, Seen>(spec: ActionSpec<World, Input, Seen>): Action<World> {
  const parse = (input: Json): Input => spec.input.parse(input);
  return {
    name: spec.name,
    summary: spec.summary,
    kind: spec.kind,
    input: spec.input,
    ...(spec.output && { output: spec.output }),
    ...(spec.establishes !== undefined && { establishes: spec.establishes }),
    ...(spec.undoes !== undefined && { undoes: spec.undoes }),
    touches: (input) => spec.touches(parse(input)),
    ...(spec.manifests && { manifests: (input: Json) => spec.manifests?.(parse(input)) ?? [] }),
    observe: (input, world, situation, only) => spec.observe(parse(input), world, situation, only),
    plan: (input, seen, situation) => spec.plan(parse(input), seen as Seen, situation),
    ...(spec.outputOf && {
      outputOf: (input: Json, seen: unknown, results: readonly { change: Change; result: Json }[]) =>
        spec.outputOf?.(parse(input), seen as Seen, results) ?? null,
    }),
  };
}
