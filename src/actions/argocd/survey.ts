import { z } from 'zod';
import { fieldOf, listAt, numberAt, textAt } from '../../inventory/fields.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { KubeObject, KubeReader } from '../../ports/read-world.ts';

export const ARGO_API = 'argoproj.io/v1alpha1';
/** What drctl took away, as JSON: on the object, so that it can be given back when the journal is lost. */
export const FROZEN = 'drctl/freeze';
/** Which step has asked for a fresh look before it gives back. */
export const THAWING = 'drctl/thaw';
/** Who an operation says has asked for it, where a step of drctl did. */
export const OPERATOR = 'drctl';
export const REFRESH = 'argocd.argoproj.io/refresh';

const CASCADING = 'resources-finalizer.argocd.argoproj.io';
const SET_CONTROLLER = 'argocd-applicationset-controller';
const CONTROLLER = 'argocd-application-controller';

export const scopeInput = {
  destination: z
    .strictObject({ namespace: z.string().min(1).describe('Where its objects live') })
    .optional()
    .describe('Every Application that deploys there'),
  applications: z.array(z.string().min(1)).min(1).optional().describe('Applications by name'),
  all: z.literal(true).optional().describe('Every Application of this Argo CD'),
  argocdNamespace: z.string().min(1).default('argocd').describe('Where Argo CD itself lives'),
};

export interface ScopeInput {
  readonly destination?: { readonly namespace: string } | undefined;
  readonly applications?: readonly string[] | undefined;
  readonly all?: true | undefined;
  readonly argocdNamespace: string;
}

/** For `refine`: exactly one way to say which. */
export function namesOneScope({ destination, applications, all }: Omit<ScopeInput, 'argocdNamespace'>): boolean {
  return [destination, applications, all].filter((one) => one !== undefined).length === 1;
}

export const ONE_SCOPE = { message: 'give exactly one of destination, applications and all' };

/** An Application, by what decides whether it acts. */
export interface ApplicationFacts {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly destination: string;
  readonly automated?: JsonObject;
  /** `automated` says so, and does not take it back: `{}` is on (recovery-facts B1). */
  readonly acts: boolean;
  readonly prunes: boolean;
  /** One that a step of drctl did not ask for. */
  readonly hasOperation: boolean;
  readonly phase?: string;
  readonly message?: string;
  readonly terminating: boolean;
  readonly finalizers: readonly string[];
  readonly cascades: boolean;
  readonly refreshing: boolean;
  readonly frozen?: string;
  readonly thawing?: string;
  /** Name of the ApplicationSet that made it. */
  readonly set?: string;
  readonly parents: readonly string[];
  readonly sync: string;
  readonly collisions: readonly string[];
  /** `PersistentVolumeClaim shop/data-0`: what it would delete if it were allowed to prune now. */
  readonly prunable: readonly { readonly kind: string; readonly label: string }[];
}

export interface ControllerFacts {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly kind: 'Deployment' | 'StatefulSet';
  readonly replicas: number;
  /** How many there still are. */
  readonly running: number;
  readonly frozen?: string;
}

export interface ArgoSurvey {
  /** In scope, parents before their children. */
  readonly applications: readonly ApplicationFacts[];
  readonly total: number;
  readonly sets?: ControllerFacts;
  /** Whether anything is there that would carry a word out. */
  readonly controllerRuns: boolean;
}

/** Looks at everything that could act on what is in scope: the Applications, those above them, and who makes them. */
export async function surveyArgo(kube: KubeReader, scope: ScopeInput): Promise<ArgoSurvey> {
  const namespace = scope.argocdNamespace;
  const [objects, sets, controllerSet, controllerDeployment] = await Promise.all([
    kube.list(ARGO_API, 'Application', { namespace }),
    kube.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: SET_CONTROLLER }),
    kube.get({ apiVersion: 'apps/v1', kind: 'StatefulSet', namespace, name: CONTROLLER }),
    kube.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: CONTROLLER }),
  ]);
  const all = objects.map((object) => factsOf(object, objects));
  const chosen = withParents(
    all.filter((one) => isInScope(one, scope)),
    all,
  );
  const controller = controllerSet ?? controllerDeployment;
  return {
    applications: rootsFirst(chosen),
    total: all.length,
    controllerRuns: controller !== undefined && (numberAt(controller, 'spec', 'replicas') ?? 1) > 0,
    ...(sets && { sets: controllerFactsOf(sets) }),
  };
}

function isInScope(one: ApplicationFacts, { destination, applications, all }: ScopeInput): boolean {
  if (all) return true;
  if (applications) return applications.includes(one.name);
  return one.destination === destination?.namespace;
}

function withParents(chosen: readonly ApplicationFacts[], all: readonly ApplicationFacts[]): ApplicationFacts[] {
  const found = new Map(chosen.map((one) => [one.name, one]));
  const above = (one: ApplicationFacts): void => {
    for (const name of one.parents) {
      const parent = all.find((other) => other.name === name);
      if (!parent || found.has(name)) continue;
      found.set(name, parent);
      above(parent);
    }
  };
  for (const one of chosen) above(one);
  return [...found.values()];
}

/** By depth, then by name; one that is its own ancestor stands as deep as it is first met. */
function rootsFirst(chosen: readonly ApplicationFacts[]): ApplicationFacts[] {
  const byName = new Map(chosen.map((one) => [one.name, one]));
  const depthOf = (one: ApplicationFacts, seen: readonly string[]): number => {
    const parents = one.parents.flatMap((name) => (seen.includes(name) ? [] : (byName.get(name) ?? [])));
    return parents.length === 0 ? 0 : 1 + Math.max(...parents.map((parent) => depthOf(parent, [...seen, one.name])));
  };
  return chosen
    .map((one) => ({ one, depth: depthOf(one, [one.name]) }))
    .toSorted((a, b) => a.depth - b.depth || (a.one.name < b.one.name ? -1 : 1))
    .map(({ one }) => one);
}

function factsOf(object: KubeObject, all: readonly KubeObject[]): ApplicationFacts {
  const { metadata } = object;
  const automated = fieldOf(object, 'spec', 'syncPolicy', 'automated');
  const finalizers = metadata.finalizers ?? [];
  const annotations = metadata.annotations ?? {};
  const phase = textAt(object, 'status', 'operationState', 'phase');
  const message = textAt(object, 'status', 'operationState', 'message');
  const set = metadata.ownerReferences?.find(({ kind }) => kind === 'ApplicationSet')?.name;
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    uid: metadata.uid ?? '',
    destination: textAt(object, 'spec', 'destination', 'namespace') ?? '',
    ...(isJsonObject(automated) && { automated }),
    acts: isJsonObject(automated) && automated['enabled'] !== false,
    prunes: isJsonObject(automated) && automated['prune'] === true,
    hasOperation:
      isJsonObject(fieldOf(object, 'operation')) && textAt(object, 'operation', 'initiatedBy', 'username') !== OPERATOR,
    ...(phase !== undefined && { phase }),
    ...(message !== undefined && { message }),
    terminating: metadata.deletionTimestamp !== undefined,
    finalizers,
    cascades: finalizers.some(isCascading),
    refreshing: annotations[REFRESH] !== undefined,
    ...(annotations[FROZEN] !== undefined && { frozen: annotations[FROZEN] }),
    ...(annotations[THAWING] !== undefined && { thawing: annotations[THAWING] }),
    ...(set !== undefined && { set }),
    parents: parentsOf(object, all),
    sync: textAt(object, 'status', 'sync', 'status') ?? 'Unknown',
    collisions: collisionsOf(object),
    prunable: prunableOf(object),
  };
}

export function isCascading(finalizer: string): boolean {
  return finalizer === CASCADING || finalizer.startsWith(`${CASCADING}/`);
}

/** Who says that it is theirs: by what the parent lists, and by the mark on the child, either way of tracking. */
function parentsOf(object: KubeObject, all: readonly KubeObject[]): string[] {
  const { name, annotations = {}, labels = {} } = object.metadata;
  const names = new Set(all.map(({ metadata }) => metadata.name));
  const marked = [annotations['argocd.argoproj.io/tracking-id']?.split(':')[0], labels['app.kubernetes.io/instance']];
  const listing = all.filter((other) =>
    listAt(other, 'status', 'resources').some(
      (one) => textAt(one, 'kind') === 'Application' && textAt(one, 'name') === name,
    ),
  );
  const found = [...marked, ...listing.map(({ metadata }) => metadata.name)];
  return [...new Set(found)].flatMap((one) => (one !== undefined && one !== name && names.has(one) ? [one] : []));
}

const COLLISION = new Set(['RepeatedResourceWarning', 'SharedResourceWarning']);

export function collisionsOf(object: KubeObject): string[] {
  return listAt(object, 'status', 'conditions')
    .filter((one) => COLLISION.has(textAt(one, 'type') ?? ''))
    .map((one) => `${textAt(one, 'type') ?? ''}: ${textAt(one, 'message') ?? ''}`);
}

function prunableOf(object: KubeObject): ApplicationFacts['prunable'] {
  return listAt(object, 'status', 'resources')
    .filter((one) => fieldOf(one, 'requiresPruning') === true)
    .map((one) => {
      const kind = textAt(one, 'kind') ?? '';
      const namespace = textAt(one, 'namespace');
      return { kind, label: `${kind} ${namespace === undefined ? '' : `${namespace}/`}${textAt(one, 'name') ?? ''}` };
    });
}

function controllerFactsOf(object: KubeObject): ControllerFacts {
  const frozen = object.metadata.annotations?.[FROZEN];
  return {
    name: object.metadata.name,
    namespace: object.metadata.namespace ?? '',
    uid: object.metadata.uid ?? '',
    kind: object.kind === 'StatefulSet' ? 'StatefulSet' : 'Deployment',
    replicas: numberAt(object, 'spec', 'replicas') ?? 1,
    running: numberAt(object, 'status', 'replicas') ?? 0,
    ...(frozen !== undefined && { frozen }),
  };
}
