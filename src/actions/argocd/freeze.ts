import { z } from 'zod';
import { defineAction, type Planned, type Situation } from '../../model/action.ts';
import type { Change, Item } from '../../model/change.ts';
import type { Evidence } from '../../model/question.ts';
import type { ReadWorld } from '../../ports/read-world.ts';
import { onEitherCluster } from '../scopes.ts';
import { endOperation, keepResources, stopSets, takeAutomation } from './changes.ts';
import { type ApplicationFacts, type ArgoSurvey, namesOneScope, ONE_SCOPE, scopeInput, surveyArgo } from './survey.ts';

const input = z.strictObject(scopeInput).refine(namesOneScope, ONE_SCOPE);

type Input = z.infer<typeof input>;

interface Seen {
  readonly survey: ArgoSurvey;
  /** Looked at again, only those items: one that is gone meanwhile needs nothing more. */
  readonly only?: readonly string[];
}

/**
 * Stops Argo CD over a namespace, from the roots down: auto-sync is taken away (never `enabled: false`, which before 3.1
 * switches it on), the ApplicationSet controller is stopped where it would write it back, running operations and cascading
 * deletions are ended. An Application counts as frozen when Argo CD itself has looked at it since: it is asked to, and takes
 * the request away when it has (recovery-facts B1, traps 18 to 20).
 */
export const argocdFreeze = defineAction<ReadWorld, Input, Seen>({
  name: 'argocd/freeze',
  summary: 'Stop Argo CD over a namespace: no sync, no prune, no deletion, until it is thawed',
  kind: 'converge',
  input,
  establishes: 'freeze',
  touches: ({ argocdNamespace }) => [
    ...onEitherCluster({
      verbs: ['patch'],
      kinds: ['Application', 'Deployment'],
      namespaces: [argocdNamespace],
      worst: 'disruptive',
    }),
    // looked at only: what its controller is, and what its Applications hold
    ...onEitherCluster({ verbs: [], kinds: ['StatefulSet'], atMost: 0, worst: 'safe' }),
  ],
  observe: async (given, world, { endpoint }, only) => ({
    survey: await surveyArgo(world.kube(endpoint), given),
    ...(only && { only }),
  }),
  plan,
});

function plan(given: Input, { survey, only }: Seen, situation: Situation): Planned {
  const evidence = [evidenceOf(survey)];
  if (survey.applications.length === 0 && only === undefined)
    return {
      effect: 'blocked',
      because: `none of the ${survey.total} Applications in namespace ${given.argocdNamespace} is meant: nothing would be stopped`,
    };
  const sets = setItem(survey, situation);
  const items = [...(sets ? [sets] : [])];
  const moving = new Set<string>();
  for (const one of survey.applications) {
    const held = heldBackBy(one, moving, sets !== undefined);
    const item = applicationItem(one, survey, held, situation);
    if (!item) continue;
    moving.add(one.name);
    items.push(item);
  }
  const wanted = only ? items.filter(({ key }) => only.includes(key)) : items;
  if (wanted.length === 0)
    return { effect: 'satisfied', because: `${survey.applications.length} Applications do nothing by themselves` };
  return { effect: 'changes', items: wanted, because: `${wanted.length} still act, or may`, evidence };
}

/** What would write it back must be quiet first: parents, and the controller that made it (trap 18). */
function heldBackBy(one: ApplicationFacts, moving: ReadonlySet<string>, setsMove: boolean): string | undefined {
  if (one.set !== undefined && setsMove) return `waits for the ApplicationSet controller, which would undo it`;
  const parent = one.parents.find((name) => moving.has(name));
  return parent === undefined ? undefined : `waits for Application ${parent} above it, which would undo it`;
}

function setItem({ applications, sets }: ArgoSurvey, { endpoint, address }: Situation): Item | undefined {
  if (!sets || !applications.some(({ set }) => set !== undefined)) return undefined;
  if (sets.replicas === 0 && sets.running === 0) return undefined;
  const changes = sets.replicas > 0 ? [stopSets(sets, endpoint, address)] : [];
  const because = changes.length > 0 ? 'it writes its Applications anew at each look' : 'waits for its pods to end';
  return { key: `Deployment ${sets.name}`, changes, ready: changes.length, because };
}

function applicationItem(
  one: ApplicationFacts,
  { controllerRuns }: ArgoSurvey,
  held: string | undefined,
  { endpoint, address }: Situation,
): Item | undefined {
  const urgent: Change[] = one.terminating && one.cascades ? [keepResources(one, endpoint)] : [];
  const ordered: Change[] = [
    ...(one.acts ? [takeAutomation(one, endpoint, address)] : []),
    ...(isRunning(one) ? [endOperation(one, endpoint)] : []),
  ];
  const changes = [...urgent, ...ordered];
  const key = `Application ${one.name}`;
  if (changes.length > 0)
    return {
      key,
      changes,
      ready: held === undefined ? changes.length : urgent.length,
      because: held ?? whyActive(one),
    };
  const wait = controllerRuns ? waitFor(one) : undefined;
  return wait === undefined ? undefined : { key, changes, ready: 0, because: wait };
}

function isRunning({ hasOperation, phase }: ApplicationFacts): boolean {
  return hasOperation && phase === 'Running';
}

function waitFor(one: ApplicationFacts): string | undefined {
  if (one.hasOperation) {
    const window = one.message?.includes('sync window') === true;
    const never = window
      ? '; a sync window holds it, and before 3.5 Argo CD never ends such a one: open the window'
      : '';
    return `waits for its operation to end (${one.phase ?? 'not begun'}${never})`;
  }
  if (one.frozen !== undefined && one.refreshing) return 'waits for Argo CD to have looked at it since';
  return undefined;
}

function whyActive(one: ApplicationFacts): string {
  if (one.terminating && one.cascades) return 'it is being deleted, and takes everything it has along';
  if (isRunning(one)) return 'a sync is running';
  return `syncs by itself${one.prunes ? ', and prunes' : ''}`;
}

function evidenceOf({ applications }: ArgoSurvey): Evidence {
  return {
    title: 'Applications, from the roots down',
    columns: ['Application', 'deploys to', 'by itself', 'now', 'made by'],
    rows: applications.map((one) => [
      one.name,
      one.destination,
      one.acts ? `sync${one.prunes ? ', prune' : ''}` : 'nothing',
      stateOf(one),
      one.set === undefined ? one.parents.join(', ') : `ApplicationSet ${one.set}`,
    ]),
  };
}

function stateOf(one: ApplicationFacts): string {
  if (one.terminating) return one.cascades ? 'being deleted, with all it has' : 'being deleted';
  return one.hasOperation ? `operation ${one.phase ?? 'asked for'}` : one.sync;
}
