import { z } from 'zod';
import { defineAction, isOverridden, type Guard, type Planned, type Situation } from '../../model/action.ts';
import { digestOf } from '../../model/digest.ts';
import type { Item } from '../../model/change.ts';
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import type { Evidence } from '../../model/question.ts';
import type { ReadWorld } from '../../ports/read-world.ts';
import { onEitherCluster } from '../scopes.ts';
import { giveAutomationBack, lookAgain, startSets } from './changes.ts';
import {
  type ApplicationFacts,
  type ArgoSurvey,
  FROZEN,
  namesOneScope,
  ONE_SCOPE,
  REFRESH,
  scopeInput,
  surveyArgo,
} from './survey.ts';
import { type Unfinished, unfinishedIn } from './unfinished.ts';

const input = z.strictObject(scopeInput).refine(namesOneScope, ONE_SCOPE);

type Input = z.infer<typeof input>;

interface Seen {
  readonly survey: ArgoSurvey;
  readonly unfinished: Unfinished;
  readonly only?: readonly string[];
}

/** Kinds whose pruning is the loss of data, or of what holds it together. */
const STATEFUL: ReadonlySet<string> = new Set([
  'StatefulSet',
  'PersistentVolumeClaim',
  'PersistentVolume',
  'Namespace',
  'Application',
  'ApplicationSet',
  'CustomResourceDefinition',
]);

/**
 * Gives every Application exactly what `argocd/freeze` took, from the leaves up, and only after Argo CD has compared afresh:
 * not while one is being deleted (trap 19), not while two sources still fight over one object (trap 22), not while volumes
 * wait for their claims, and not where the first thing it would do is to prune something that keeps data (trap 21).
 */
export const argocdThaw = defineAction<ReadWorld, Input, Seen>({
  name: 'argocd/thaw',
  summary: 'Give Argo CD back what the freeze took, after a look at what it would prune',
  kind: 'converge',
  input,
  undoes: 'freeze',
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
  observe,
  plan,
});

async function observe(given: Input, world: ReadWorld, situation: Situation, only?: readonly string[]): Promise<Seen> {
  const survey = await surveyArgo(world.kube(situation.endpoint), given);
  const held = survey.applications.filter((one) => isFrozen(one) && one.destination !== '');
  const namespaces = [...new Set(held.map(({ destination }) => destination))].toSorted();
  const unfinished = await unfinishedIn(world, namespaces, situation);
  return { survey, unfinished, ...(only && { only }) };
}

function plan(given: Input, { survey, unfinished, only }: Seen, situation: Situation): Planned {
  const all = survey.applications;
  if (all.length === 0 && only === undefined)
    return { effect: 'blocked', because: `no Application in namespace ${given.argocdNamespace} is meant` };
  const guards = all.flatMap((one) => guardsOf(one, unfinished)).filter(({ guard }) => !isOverridden(guard, situation));
  const evidence = [previewOf(all)];
  if (guards.length > 0 && (all.some(isFrozen) || survey.sets?.frozen !== undefined))
    return {
      effect: 'blocked',
      because: guards[0]?.because ?? '',
      guards: guards.map(({ guard }) => guard),
      evidence,
    };
  const items: Item[] = [];
  const moving = new Set<string>();
  for (const one of all.toReversed()) {
    const below = all.find((other) => moving.has(other.name) && other.parents.includes(one.name));
    const item = applicationItem(one, below?.name, survey, situation);
    if (!item) continue;
    moving.add(one.name);
    items.push(item);
  }
  if (survey.sets?.frozen !== undefined && replicasOf(survey.sets.frozen) === undefined)
    return {
      effect: 'blocked',
      because: `${noteOfWords(`Deployment ${survey.sets.name}`)} scale it to what it was`,
      evidence,
    };
  const sets = setItem(survey, items.length > 0, situation);
  if (sets) items.push(sets);
  const wanted = only ? items.filter(({ key }) => only.includes(key)) : items;
  if (wanted.length === 0)
    return { effect: 'satisfied', because: `nothing of ${all.length} Applications is held back by drctl` };
  return { effect: 'changes', items: wanted, because: `${wanted.length} are held back`, evidence };
}

function isFrozen({ frozen }: ApplicationFacts): boolean {
  return frozen !== undefined;
}

function applicationItem(
  one: ApplicationFacts,
  below: string | undefined,
  { controllerRuns }: ArgoSurvey,
  { endpoint, address }: Situation,
): Item | undefined {
  if (one.frozen === undefined) return undefined;
  const key = `Application ${one.name}`;
  const back = giveAutomationBack(one, automatedOf(one.frozen), endpoint, address);
  if (one.thawing !== address) {
    const changes = [lookAgain(one, endpoint, address), back];
    if (!controllerRuns)
      return {
        key,
        changes,
        ready: 0,
        because: 'waits for the application controller of Argo CD to run: it must compare first',
      };
    return { key, changes, ready: 1, because: 'Argo CD compares afresh first' };
  }
  if (one.refreshing) return { key, changes: [back], ready: 0, because: 'waits for Argo CD to have compared' };
  if (below !== undefined)
    return { key, changes: [back], ready: 0, because: `waits for Application ${below} below it` };
  return { key, changes: [back], ready: 1, because: `compared afresh: ${one.sync}` };
}

function setItem({ sets }: ArgoSurvey, waits: boolean, { endpoint }: Situation): Item | undefined {
  if (sets?.frozen === undefined) return undefined;
  const change = startSets(sets, replicasOf(sets.frozen) ?? sets.replicas, endpoint);
  const because = waits ? 'waits for its Applications' : 'all of its Applications are as they were';
  return { key: `Deployment ${sets.name}`, changes: [change], ready: waits ? 0 : 1, because };
}

interface Reason {
  readonly guard: Guard;
  readonly because: string;
}

/** What Argo CD would do first is told only by a look that is fresh; a stale one blocks nothing, and is made fresh. */
function guardsOf(one: ApplicationFacts, unfinished: Unfinished): Reason[] {
  const reasons: Reason[] = [];
  const add = (name: string, overridable: boolean, found: Json, because: string): void => {
    reasons.push({ guard: { name, object: one.name, evidence: digestOf({ name, found }), overridable }, because });
  };
  // What it was is not guessed: an unreadable note is for a person.
  if (one.frozen !== undefined && !('automated' in noteOf(one.frozen)))
    add('note', false, one.frozen, `${noteOfWords(`Application ${one.name}`)} set spec.syncPolicy.automated as it was`);
  if (one.terminating)
    add('deleting', false, one.uid, `Application ${one.name} is being deleted: running again, it would go on deleting`);
  if (one.collisions.length > 0)
    add(
      'collision',
      false,
      [...one.collisions],
      `the sources of ${one.name} still collide: ${one.collisions[0] ?? ''}${lookHint(one)}`,
    );
  const waiting = one.frozen === undefined ? [] : (unfinished[one.destination] ?? []);
  if (waiting.length > 0) {
    const more = waiting.length > 1 ? ` (and ${waiting.length - 1} more)` : '';
    add('unfinished', true, [...waiting], `too early for ${one.name}: ${waiting[0] ?? ''}${more}`);
  }
  const lost =
    one.frozen !== undefined && prunedBy(one.frozen) ? one.prunable.filter(({ kind }) => STATEFUL.has(kind)) : [];
  if (lost.length > 0) {
    const labels = lost.map(({ label }) => label);
    add(
      'prune',
      true,
      labels,
      `${one.name} would prune ${labels.slice(0, 3).join(', ')}${labels.length > 3 ? ` and ${labels.length - 3} more` : ''}${lookHint(one)}`,
    );
  }
  return reasons;
}

/** Once the source is mended, Argo CD looks again by itself only minutes later. */
function lookHint({ name, namespace }: ApplicationFacts): string {
  return `; when that is mended: kubectl annotate -n ${namespace} applications.argoproj.io ${name} ${REFRESH}=normal`;
}

function previewOf(applications: readonly ApplicationFacts[]): Evidence {
  return {
    title: 'What Argo CD would prune, by its last look',
    columns: ['Application', 'sync', 'would prune'],
    rows: applications.map((one) => [
      one.name,
      one.sync,
      one.frozen !== undefined && prunedBy(one.frozen)
        ? one.prunable.map(({ label }) => label).join(', ') || 'nothing'
        : 'prunes nothing',
    ]),
  };
}

function noteOf(text: string): JsonObject {
  try {
    const note = JSON.parse(text) as Json;
    return isJsonObject(note) ? note : {};
  } catch {
    return {};
  }
}

function automatedOf(frozen: string): Json {
  return noteOf(frozen)['automated'] ?? null;
}

function prunedBy(frozen: string): boolean {
  const automated = automatedOf(frozen);
  return isJsonObject(automated) && automated['prune'] === true;
}

function replicasOf(frozen: string): number | undefined {
  const replicas = noteOf(frozen)['replicas'];
  return typeof replicas === 'number' ? replicas : undefined;
}

function noteOfWords(what: string): string {
  return `what ${what} was before the freeze cannot be read from its annotation ${FROZEN}: take that away and`;
}
