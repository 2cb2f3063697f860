import type { Scope } from '../model/change.ts';
import { stepsOf, type PlannedPhase } from '../model/plan.ts';
import { proxyScopesOf } from '../model/proxy-url.ts';
import type { Permission } from '../ports/change-kind.ts';
import type { Environment, Instance } from './environment.ts';
import { touchesOf, type Look, type Lookout } from './look.ts';

/** A read that a step will make through an API server, once its turn has come. */
export interface Way {
  readonly step: string;
  readonly permission: Permission;
}

/**
 * The ways through an API server that looks and checks of steps will take. A check is first made when its step is done: were
 * the right to it missing, nobody would know until then.
 */
export function waysAhead(
  phases: readonly PlannedPhase[],
  looks: ReadonlyMap<string, Look>,
  env: Environment,
  out: Lookout,
): Way[] {
  return stepsOf({ phases })
    .filter(({ effect }) => effect !== 'satisfied')
    .flatMap(({ id }) => {
      const look = looks.get(id);
      const scopes = look ? [...touchesOf(look, out).filter(isWay), ...checkedThrough(look.instance, env, out)] : [];
      return scopes.flatMap(permissionsOf).map((permission) => ({ step: id, permission }));
    });
}

function isWay({ subresource }: Scope): boolean {
  return subresource === 'proxy';
}

/** What the checks of a step look at through an API server, as far as their addresses are known by now. */
export function checkedThrough(
  { step, each }: Instance,
  env: Environment,
  { expressions }: Pick<Lookout, 'expressions'>,
): Scope[] {
  const scoped = each ? { ...env, each } : env;
  return step.verify.flatMap(({ check }) => {
    const rendered = 'url' in check ? expressions.render(check.url, scoped) : undefined;
    return rendered && 'value' in rendered && typeof rendered.value === 'string' ? proxyScopesOf(rendered.value) : [];
  });
}

function permissionsOf({ endpoint, kinds, verbs, namespaces = [] }: Scope): Permission[] {
  if (endpoint !== 'cluster' && endpoint !== 'argocd') return [];
  return verbs.flatMap((verb) =>
    kinds.flatMap((kind) =>
      namespaces.map((namespace) => ({
        endpoint,
        access: { verb, apiVersion: 'v1', kind, subresource: 'proxy', namespace },
      })),
    ),
  );
}
