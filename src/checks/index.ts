import { DrctlError } from '../model/errors.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { ObjectRef } from '../model/object-ref.ts';
import type { CheckSpec } from '../model/runbook.ts';
import type { TargetClass } from '../model/target.ts';
import type { CommandAnswer } from '../ports/door.ts';
import type { ReadWorld } from '../ports/read-world.ts';
import { checkCommand } from './command.ts';
import { checkHttp } from './http.ts';
import { checkObject } from './object.ts';
import type { Judged } from './judge.ts';

/** What expressions of a check may name, beside `self`. */
export interface CheckEnvironment {
  readonly params: JsonObject;
  readonly target: { readonly name: string; readonly class: TargetClass };
  readonly impact?: string;
  readonly steps: Readonly<Record<string, { readonly outputs?: Json; readonly answer?: string }>>;
  readonly each?: { readonly key: string; readonly value: Json };
}

export interface CheckRequest {
  readonly spec: CheckSpec;
  readonly env: CheckEnvironment;
  /** For `over: items`: only these objects, of the check's kind. */
  readonly over: { readonly objects?: readonly ObjectRef[] };
  readonly world: ReadWorld;
  readonly command: (argv: readonly string[]) => Promise<CommandAnswer>;
}

/**
 * Judges one check once. `not-yet` is worth asking again until its `within`; `failed` is not. Throws what the world throws
 * when it cannot be seen: the caller takes that as not yet.
 */
export function evaluateCheck(request: CheckRequest): Promise<Judged> {
  const { check } = request.spec;
  switch (check.kind) {
    case 'object':
      return checkObject(request, check);
    case 'http':
      return checkHttp(request, check);
    case 'command':
      return checkCommand(request, check);
    case 'promql':
      throw new DrctlError('CheckNotSupported', 'tool', 'this version has no `promql` checks', {
        nextSteps: ['use an `http` or `object` check'],
      });
  }
}
