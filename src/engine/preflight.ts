import pLimit from 'p-limit';
import type { Change } from '../model/change.ts';
import { messageOf } from '../model/errors.ts';
import { changesOf, stepsOf, type MissingPermission, type PlannedPhase } from '../model/plan.ts';
import type { ChangeKind, Permission } from '../ports/change-kind.ts';
import type { AccessQuery, ReadWorld } from '../ports/read-world.ts';
import { kindOf } from './execute.ts';
import type { Way } from './ways.ts';

/** Side by side: a review is a request like any other. */
const AT_ONCE = 8;

/** Of one kind are asked together; after a whole round of refusals the rest is not asked: the rule is missing. */
const ROUND = 16;

/**
 * An EC2 policy may look at each resource's tags, so no resource speaks for another; but DryRun spends the quota of the
 * action itself (CreateSnapshot: some five a second). Of more than this, as many are asked, spread evenly.
 */
const MOST_DRY_RUNS = 48;

/**
 * Whether the caller may do what is planned: SelfSubjectAccessReview and EC2 DryRun. "Allowed" is advice (webhooks and
 * service control policies come later); "not allowed" is the end (recovery-facts H, trap 33). Thousands of Changes of one
 * verb and kind are one question where a rule allows them all, and only otherwise a question by name (`resourceNames`). `ways`
 * are reads that come later.
 */
export async function missingPermissions(
  phases: readonly PlannedPhase[],
  kinds: ReadonlyMap<string, ChangeKind>,
  world: ReadWorld,
  ways: readonly Way[] = [],
): Promise<readonly MissingPermission[]> {
  const limit = pLimit(AT_ONCE);
  const ask: Ask = (permission) => limit(() => reviewed(permission, world));
  const found = await Promise.all(
    groupsOf(phases, kinds, ways).map(async (group): Promise<MissingPermission | undefined> => {
      const finding = await judge(group, ask);
      return finding && { step: group.step, ...finding };
    }),
  );
  return found.filter((one) => one !== undefined);
}

type Verdict = { readonly allowed: boolean; readonly reason: string };
type Ask = (permission: Permission) => Promise<Verdict>;
type Finding = Omit<MissingPermission, 'step'>;

/** All permissions that differ only in the object. `step` is the first that needs one of them. */
interface Group {
  readonly step: string;
  readonly every: readonly [Permission, ...Permission[]];
}

function groupsOf(
  phases: readonly PlannedPhase[],
  kinds: ReadonlyMap<string, ChangeKind>,
  ways: readonly Way[],
): Group[] {
  const groups = new Map<string, { step: string; every: Map<string, Permission> }>();
  const add = (step: string, permission: Permission): void => {
    const key = groupKeyOf(permission);
    const group = groups.get(key) ?? { step, every: new Map<string, Permission>() };
    group.every.set(nameOf(permission), permission);
    groups.set(key, group);
  };
  for (const step of stepsOf({ phases }))
    for (const change of [...changesOf(step), ...(step.foreseen ?? [])])
      for (const permission of kindOf(kinds, change).permission(change)) add(step.id, permission);
  for (const { step, permission } of ways) add(step, permission);
  return [...groups.values()].flatMap(({ step, every }) => {
    const [first, ...others] = every.values();
    return first ? [{ step, every: [first, ...others] as const }] : [];
  });
}

function groupKeyOf(permission: Permission): string {
  if (permission.endpoint === 'aws') return JSON.stringify(['aws', permission.write.action]);
  return JSON.stringify([permission.endpoint, unnamed(permission.access)]);
}

function unnamed(access: AccessQuery): AccessQuery {
  const { name: _, ...without } = access;
  return without;
}

/** `pv-1`; of EC2 the resources themselves. A request for the same object with other contents is another question there. */
function nameOf(permission: Permission): string {
  return permission.endpoint === 'aws' ? JSON.stringify(permission.write) : (permission.access.name ?? '');
}

async function judge({ every }: Group, ask: Ask): Promise<Finding | undefined> {
  const [first] = every;
  if (every.length === 1) {
    const { allowed, reason } = await ask(first);
    return allowed ? undefined : { permission: permissionLabel(first), reason };
  }
  // RBAC only adds: what is allowed without a name is allowed for each.
  if (first.endpoint !== 'aws' && (await ask({ ...first, access: unnamed(first.access) })).allowed) return undefined;
  return findingOf(every, await askEach(first.endpoint === 'aws' ? spread(every, MOST_DRY_RUNS) : every, ask));
}

interface Asked {
  readonly permission: Permission;
  readonly verdict: Verdict;
}

async function askEach(permissions: readonly Permission[], ask: Ask): Promise<Asked[]> {
  const asked: Asked[] = [];
  for (let at = 0; at < permissions.length; at += ROUND) {
    const round = permissions.slice(at, at + ROUND);
    const verdicts = await Promise.all(
      round.map(async (permission) => ({ permission, verdict: await ask(permission) })),
    );
    asked.push(...verdicts);
    if (verdicts.every(({ verdict }) => !verdict.allowed)) break;
  }
  return asked;
}

/** `most` of them at even distances, the first and the last included. */
function spread<T>(values: readonly T[], most: number): readonly T[] {
  if (values.length <= most) return values;
  const step = (values.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, index) => values[Math.round(index * step)] as T);
}

function findingOf(every: Group['every'], asked: readonly Asked[]): Finding | undefined {
  const refused = asked.filter(({ verdict }) => !verdict.allowed);
  const [first] = refused;
  if (!first) return undefined;
  const all = refused.length === asked.length;
  const about = all ? every : refused.map(({ permission }) => permission);
  const partly = all && asked.length < every.length ? `, as for all ${asked.length} of them that were asked` : '';
  const some = all ? '' : ` (${refused.length} of the ${asked.length} that were asked)`;
  return { permission: labelOfMany(about), reason: `${first.verdict.reason}${partly}${some}` };
}

async function reviewed(permission: Permission, world: ReadWorld): Promise<Verdict> {
  try {
    return permission.endpoint === 'aws'
      ? await world.cloud.permitted(permission.write)
      : await world.kube(permission.endpoint).access(permission.access);
  } catch (error) {
    return { allowed: false, reason: `cannot be asked: ${messageOf(error)}` };
  }
}

/** `patch PersistentVolume pv-1`, `create PersistentVolumeClaim in shop`, `ec2:CreateSnapshot`. */
export function permissionLabel(permission: Permission): string {
  return labelWith(permission, permission.endpoint === 'aws' ? '' : (permission.access.name ?? ''));
}

/** `patch PersistentVolume (2000 of them: pv-1, pv-2, …)`. */
function labelOfMany(permissions: readonly Permission[]): string {
  const [first] = permissions;
  if (!first) return '';
  if (permissions.length === 1 && first.endpoint !== 'aws') return permissionLabel(first);
  const names = permissions.slice(0, 3).map(subjectOf);
  const more = permissions.length > names.length ? ', …' : '';
  return labelWith(first, `(${permissions.length} of them: ${names.join(', ')}${more})`);
}

function labelWith(permission: Permission, subject: string): string {
  const of = subject === '' ? '' : ` ${subject}`;
  if (permission.endpoint === 'aws') return `ec2:${permission.write.action}${of}`;
  const { verb, kind, subresource, namespace } = permission.access;
  return `${verb} ${kind}${subresource === undefined ? '' : `/${subresource}`}${of}${namespace === undefined ? '' : ` in ${namespace}`}`;
}

function subjectOf(permission: Permission): string {
  if (permission.endpoint !== 'aws') return permission.access.name ?? '';
  const { write } = permission;
  return write.action === 'CreateSnapshot' ? write.volumeId : write.resources.join('+');
}

/** The verbs that a Change needs: what an envelope is compared with. */
export function verbsOfKinds(kinds: ReadonlyMap<string, ChangeKind>): (change: Change) => readonly string[] {
  return (change) =>
    kindOf(kinds, change)
      .permission(change)
      .map((permission) => (permission.endpoint === 'aws' ? permission.write.action : permission.access.verb));
}
