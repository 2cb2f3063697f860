import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { parseDuration } from '../model/duration.ts';
import { DrctlError, messageOf } from '../model/errors.ts';
import type { Json } from '../model/json.ts';
import type { Target } from '../model/target.ts';
import type { Consent } from '../operations/consent.ts';
import type { Overrides } from '../operations/session.ts';
import type { Toolbox } from '../operations/toolbox.ts';

export interface ParameterFlags {
  readonly param?: readonly string[] | undefined;
  readonly 'params-file'?: string | undefined;
}

/** `--param k=v`, by name. Throws `BadParameter` for one without `=`. */
export function givenParameters(flags: ParameterFlags): Readonly<Record<string, string>> {
  return Object.fromEntries(
    (flags.param ?? []).map((one) => {
      const at = one.indexOf('=');
      if (at > 0) return [one.slice(0, at), one.slice(at + 1)];
      throw new DrctlError('BadParameter', 'user', `--param ${one}: it must be name=value`);
    }),
  );
}

export function parametersFile(flags: ParameterFlags): Json | undefined {
  const path = flags['params-file'];
  if (path === undefined) return undefined;
  try {
    return parse(readFileSync(path, 'utf8')) as Json;
  } catch (error) {
    throw new DrctlError('BadParametersFile', 'user', `--params-file ${path} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** `--impact-at`: RFC 3339, or a duration before now. */
export function impactOf(text: string | undefined, now: number): string | undefined {
  if (text === undefined) return undefined;
  const ago = parseDuration(text);
  const at = ago === undefined ? Date.parse(text) : now - ago;
  if (Number.isNaN(at) || at > now)
    throw new DrctlError(
      'BadImpact',
      'user',
      `--impact-at ${text}: it must be a time in the past, as 2026-11-21T02:50:00Z or 40m`,
    );
  return new Date(at).toISOString();
}

/**
 * The target: named on the command line, or by DRCTL_TARGET unless that is a production target (consent is never read from
 * the environment), or the only sandbox.
 */
export function targetOf(flag: string | undefined, tools: Pick<Toolbox, 'targets'>): Target {
  if (flag !== undefined) return tools.targets.find(flag);
  const fromEnvironment = process.env['DRCTL_TARGET'];
  if (fromEnvironment === undefined || fromEnvironment === '') return tools.targets.byDefault();
  const found = tools.targets.find(fromEnvironment);
  if (found.class !== 'production') return found;
  throw new DrctlError(
    'ProductionByEnvironment',
    'user',
    `DRCTL_TARGET names "${found.name}", a production target: that must be said on the command line`,
    {
      exit: 'refused',
      nextSteps: [`--target ${found.name}`],
    },
  );
}

export function consentOf(
  flags: { yes?: boolean; 'yes-on'?: readonly string[] | undefined },
  more: Partial<Consent> = {},
): Consent {
  return { yes: flags.yes === true, yesOn: flags['yes-on'] ?? [], ...more };
}

/** `--skip STEP`, each with the one `--because`. */
export function skipOf(
  skip: readonly string[] | undefined,
  because: string | undefined,
): Readonly<Record<string, string>> {
  if (!skip || skip.length === 0) return {};
  return Object.fromEntries(skip.map((step) => [step, requireBecause('--skip', because)]));
}

/** `--override GUARD:OBJECT`, repeated, with the one `--because`. Throws `BadOverride`. */
export function overridesOf(
  guards: readonly string[] | undefined,
  because: string | undefined,
): { readonly overrides?: Overrides } {
  if (!guards || guards.length === 0) return {};
  const wrong = guards.find((one) => !/^[^:]+:.+$/.test(one));
  if (wrong !== undefined)
    throw new DrctlError('BadOverride', 'user', `--override ${wrong}: it must be GUARD:OBJECT`, {
      nextSteps: ['the question that blocks the step names it, as size:shop/data-0'],
    });
  return { overrides: { guards, because: requireBecause('--override', because) } };
}

export function requireBecause(flag: string, because: string | undefined): string {
  if (because !== undefined && because.trim() !== '') return because;
  throw new DrctlError('ReasonMissing', 'user', `${flag} needs a reason: --because "…"`);
}
