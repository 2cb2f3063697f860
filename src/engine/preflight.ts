import pLimit from 'p-limit';
import type { Change } from '../model/change.ts';
import { messageOf } from '../model/errors.ts';
import { changesOf, stepsOf, type MissingPermission, type PlannedPhase } from '../model/plan.ts';
import type { ChangeKind, Permission } from '../ports/change-kind.ts';
import type { ReadWorld } from '../ports/read-world.ts';
import { kindOf } from './execute.ts';

/**
 * Whether the caller may do exactly what is planned: SelfSubjectAccessReview and EC2 DryRun, each asked once. "Allowed" is
 * advice (webhooks and service control policies come later); "not allowed" is the end (recovery-facts H, trap 33).
 */
export async function missingPermissions(
  phases: readonly PlannedPhase[],
  kinds: ReadonlyMap<string, ChangeKind>,
  world: ReadWorld,
): Promise<readonly MissingPermission[]> {
  const wanted = new Map<string, { step: string; permission: Permission }>();
  for (const step of stepsOf({ phases }))
    for (const change of changesOf(step))
      for (const permission of kindOf(kinds, change).permission(change)) {
        const key = JSON.stringify(permission);
        if (!wanted.has(key)) wanted.set(key, { step: step.id, permission });
      }
  const limit = pLimit(8);
  const asked = await Promise.all([...wanted.values()].map((one) => limit(() => ask(one.step, one.permission, world))));
  return asked.filter((one) => one !== undefined);
}

async function ask(step: string, permission: Permission, world: ReadWorld): Promise<MissingPermission | undefined> {
  try {
    const verdict =
      permission.endpoint === 'aws'
        ? await world.cloud.permitted(permission.write)
        : await world.kube(permission.endpoint).access(permission.access);
    return verdict.allowed ? undefined : { step, permission: permissionLabel(permission), reason: verdict.reason };
  } catch (error) {
    return { step, permission: permissionLabel(permission), reason: `cannot be asked: ${messageOf(error)}` };
  }
}

/** `patch persistentvolumes/pv-1`, `create persistentvolumeclaims in shop`, `ec2:CreateSnapshot`. */
export function permissionLabel(permission: Permission): string {
  if (permission.endpoint === 'aws') return `ec2:${permission.write.action}`;
  const { verb, kind, subresource, namespace, name } = permission.access;
  return `${verb} ${kind}${subresource === undefined ? '' : `/${subresource}`}${name === undefined ? '' : ` ${name}`}${namespace === undefined ? '' : ` in ${namespace}`}`;
}

/** The verbs that a Change needs: what an envelope is compared with. */
export function verbsOfKinds(kinds: ReadonlyMap<string, ChangeKind>): (change: Change) => readonly string[] {
  return (change) =>
    kindOf(kinds, change)
      .permission(change)
      .map((permission) => (permission.endpoint === 'aws' ? permission.write.action : permission.access.verb));
}
