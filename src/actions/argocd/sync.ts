import { z } from 'zod';
import { fieldOf, listAt, textAt, textsAt } from '../../inventory/fields.ts';
import { defineAction, type Planned, type Situation } from '../../model/action.ts';
import { digestOf } from '../../model/digest.ts';
import type { Change, Item } from '../../model/change.ts';
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import type { ObjectRef } from '../../model/object-ref.ts';
import type { Evidence } from '../../model/question.ts';
import type { KubeObject, ReadWorld } from '../../ports/read-world.ts';
import { patchObject } from '../../changes/index.ts';
import { onEitherCluster } from '../scopes.ts';
import { ARGO_API, collisionsOf, FROZEN, OPERATOR, REFRESH } from './survey.ts';

/** In the information that an operation carries: that Argo CD was asked to compare since it ended. Gone with the next one. */
const LOOKED = 'drctl/looked';

const resource = z.strictObject({
  group: z.string().default('').describe('apps; empty for the core kinds'),
  kind: z.string().min(1).describe('StatefulSet'),
  name: z.string().min(1).describe('Its name'),
  namespace: z.string().min(1).optional().describe('Where it lives; absent: wherever'),
});

const input = z.strictObject({
  application: z.string().min(1).describe('The Application to sync'),
  resources: z.array(resource).min(1).optional().describe('Only these of its resources; absent: all of them'),
  revision: z.string().min(1).optional().describe('A commit; absent: what the Application compares with'),
  prune: z.boolean().default(false).describe('Also delete what its source no longer has'),
  argocdNamespace: z.string().min(1).default('argocd').describe('Where Argo CD itself lives'),
});

type Input = z.infer<typeof input>;

interface Seen {
  readonly application?: KubeObject;
}

/**
 * Asks Argo CD for one sync of one Application: selective where resources are named, without pruning unless the step says
 * so. Refused for a root while it is frozen, which would give its children their auto-sync back, and while two sources still
 * fight over one object (trap 22). The operation's state of before is cleared in the same write: otherwise Argo CD would
 * resume the old one, its prune and all (trap 20). What Argo CD then says of its resources counts when it has looked since:
 * where it has not, it is asked to.
 */
export const argocdSync = defineAction<ReadWorld, Input, Seen>({
  name: 'argocd/sync',
  summary: 'Let Argo CD apply an Application, or some of its resources, once',
  kind: 'converge',
  input,
  touches: ({ argocdNamespace }) =>
    onEitherCluster({
      verbs: ['patch'],
      kinds: ['Application'],
      namespaces: [argocdNamespace],
      atMost: 1,
      worst: 'opaque',
    }),
  observe: async ({ application, argocdNamespace }, world, { endpoint }) => {
    const name = { apiVersion: ARGO_API, kind: 'Application', namespace: argocdNamespace, name: application };
    const found = await world.kube(endpoint).get(name);
    return found ? { application: found } : {};
  },
  plan,
});

function plan(given: Input, { application }: Seen, situation: Situation): Planned {
  if (!application)
    return { effect: 'blocked', because: `there is no Application ${given.application} in ${given.argocdNamespace}` };
  const evidence = [evidenceOf(application)];
  const off = offOf(given, application);
  if (typeof off === 'string') return { effect: 'blocked', because: off, evidence };
  const ours = textAt(application, 'status', 'operationState', 'operation', 'initiatedBy', 'username') === OPERATOR;
  const phase = textAt(application, 'status', 'operationState', 'phase');
  if (fieldOf(application, 'operation') !== undefined) return waiting(given, phase ?? 'not begun');
  if (off.length === 0) return { effect: 'satisfied', because: `${given.application} is as its source says` };
  if (ours && phase === 'Succeeded' && isOfRevision(given, application) && !isCompared(application))
    return isAsked(application) ? waiting(given, 'over; Argo CD compares') : lookPlan(application, situation);
  const message = textAt(application, 'status', 'operationState', 'message') ?? '';
  if (ours && (phase === 'Failed' || phase === 'Error') && isOfRevision(given, application))
    return { effect: 'blocked', because: `the sync of ${given.application} ended ${phase}: ${message}`, evidence };
  const refused = refusalOf(application);
  if (refused) return { ...refused, evidence };
  const item = syncItem(given, application, situation);
  return { effect: 'changes', items: [item], because: item.because, evidence };
}

/** What the step is about and is not as the source says; in words where it cannot be told. */
function offOf(given: Input, application: KubeObject): readonly string[] | string {
  const statuses = listAt(application, 'status', 'resources');
  const current = textAt(application, 'status', 'sync', 'revision');
  if (given.revision !== undefined && current?.startsWith(given.revision) !== true) return [given.revision];
  if (!given.resources) {
    const sync = textAt(application, 'status', 'sync', 'status') ?? 'Unknown';
    if (sync === 'Unknown') return `Argo CD cannot compare ${given.application} with its source`;
    const ignorable = statuses.every(
      (one) => textAt(one, 'status') === 'Synced' || fieldOf(one, 'requiresPruning') === true,
    );
    return sync === 'Synced' || (!given.prune && ignorable) ? [] : [sync];
  }
  const off: string[] = [];
  for (const { group, kind, name, namespace } of given.resources) {
    const found = statuses.find(
      (one) =>
        (textAt(one, 'group') ?? '') === group &&
        textAt(one, 'kind') === kind &&
        textAt(one, 'name') === name &&
        (namespace === undefined || textAt(one, 'namespace') === namespace),
    );
    if (!found) return `${kind} ${name} is no resource of Application ${given.application}`;
    if (textAt(found, 'status') !== 'Synced') off.push(`${kind} ${name}`);
  }
  return off;
}

function isOfRevision({ revision }: Input, application: KubeObject): boolean {
  const compared = revision ?? textAt(application, 'status', 'sync', 'revision') ?? '';
  return textAt(application, 'status', 'operationState', 'syncResult', 'revision')?.startsWith(compared) === true;
}

/** Whether Argo CD has looked since the operation ended: when it was asked to, or by its own time, in whole seconds. */
function isCompared(application: KubeObject): boolean {
  if (isAsked(application)) return application.metadata.annotations?.[REFRESH] === undefined;
  const ended = Date.parse(textAt(application, 'status', 'operationState', 'finishedAt') ?? '');
  const looked = Date.parse(textAt(application, 'status', 'reconciledAt') ?? '');
  return looked > ended + 2_000;
}

function isAsked(application: KubeObject): boolean {
  return infoOf(application).some((one) => textAt(one, 'name') === LOOKED);
}

function infoOf(application: KubeObject): JsonObject[] {
  return listAt(application, 'status', 'operationState', 'operation', 'info').filter(isJsonObject);
}

function refusalOf(application: KubeObject): (Planned & { effect: 'blocked' }) | undefined {
  const { name, annotations = {}, deletionTimestamp } = application.metadata;
  if (deletionTimestamp !== undefined) return { effect: 'blocked', because: `Application ${name} is being deleted` };
  const isRoot = listAt(application, 'status', 'resources').some((one) => textAt(one, 'kind') === 'Application');
  if (isRoot && annotations[FROZEN] !== undefined)
    return {
      effect: 'blocked',
      because: `${name} makes other Applications and is frozen: its sync would give them their auto-sync back`,
    };
  const [collision] = collisionsOf(application);
  if (collision === undefined) return undefined;
  const evidence = digestOf({ collision });
  return {
    effect: 'blocked',
    because: `the source of ${name} still collides: ${collision}`,
    guards: [{ name: 'collision', object: name, evidence, overridable: false }],
  };
}

function lookPlan(application: KubeObject, { endpoint }: Situation): Planned {
  const change = lookAfter(application, endpoint, infoOf(application));
  const because = 'the sync is over, and Argo CD has not looked since';
  return { effect: 'changes', items: [{ key: keyOf(application), changes: [change], ready: 1, because }], because };
}

function waiting({ application }: Input, phase: string): Planned {
  const because = `waits for the operation of Application ${application} (${phase})`;
  return { effect: 'changes', items: [{ key: `Application ${application}`, changes: [], ready: 0, because }], because };
}

function syncItem(given: Input, application: KubeObject, { endpoint, address }: Situation): Item {
  const { uid = '' } = application.metadata;
  const operation = operationOf(given, application, address);
  const hadState = fieldOf(application, 'status', 'operationState') !== undefined;
  const patch: Json[] = [
    { op: 'test', path: '/metadata/uid', value: uid },
    // Passes only where there is none: an operation that somebody else has asked for is not replaced.
    { op: 'test', path: '/operation', value: null },
    ...(hadState ? [{ op: 'remove', path: '/status/operationState' }] : []),
    { op: 'add', path: '/operation', value: operation },
  ];
  const what = given.resources ? `${given.resources.length} of its resources` : 'everything';
  const because = `applies ${what}, ${given.prune ? 'and prunes' : 'prunes nothing'}`;
  const change = patchObject({
    object: refOf(application, endpoint),
    type: 'json',
    patch,
    before: { operation: null },
    after: { operation },
    risk: 'opaque',
    because,
  });
  const look = lookAfter(application, endpoint, informationOf(address));
  return { key: keyOf(application), changes: [change, look], ready: 1, because };
}

/** Where Argo CD has looked by itself between the end and drctl's own look, and sees the same, this is not needed. */
function lookAfter(application: KubeObject, endpoint: Situation['endpoint'], info: readonly JsonObject[]): Change {
  const { annotations, uid = '' } = application.metadata;
  const mark = { name: LOOKED, value: 'asked for' };
  const refresh: Json = annotations
    ? { op: 'add', path: `/metadata/annotations/${REFRESH.replace('/', '~1')}`, value: 'normal' }
    : { op: 'add', path: '/metadata/annotations', value: { [REFRESH]: 'normal' } };
  return patchObject({
    object: refOf(application, endpoint),
    type: 'json',
    patch: [
      { op: 'test', path: '/metadata/uid', value: uid },
      { op: 'test', path: '/status/operationState/phase', value: 'Succeeded' },
      { op: 'test', path: '/status/operationState/operation/info', value: [...info] },
      { op: 'add', path: '/status/operationState/operation/info/-', value: mark },
      refresh,
    ],
    before: { status: { operationState: { operation: { info: [...info] } } } },
    after: { status: { operationState: { operation: { info: [...info, mark] } } } },
    risk: 'safe',
    because: 'Argo CD compares once more, where it has not looked since the sync ended',
  });
}

function refOf({ metadata }: KubeObject, endpoint: Situation['endpoint']): ObjectRef {
  const { name, namespace = '', uid = '' } = metadata;
  return { endpoint, apiVersion: ARGO_API, kind: 'Application', namespace, name, uid };
}

function keyOf({ metadata }: KubeObject): string {
  return `Application ${metadata.name}`;
}

function informationOf(address: string): JsonObject[] {
  return [{ name: 'drctl', value: address }];
}

/** A raw operation is given none of the Application's own sync options: they are copied (recovery-facts B3). */
function operationOf(given: Input, application: KubeObject, address: string): JsonObject {
  const options = textsAt(application, 'spec', 'syncPolicy', 'syncOptions');
  const revision = given.revision ?? textAt(application, 'status', 'sync', 'revision');
  return {
    initiatedBy: { username: OPERATOR },
    info: informationOf(address),
    sync: {
      ...(revision !== undefined && { revision }),
      prune: given.prune,
      ...(options.length > 0 && { syncOptions: options }),
      ...(given.resources && {
        resources: given.resources.map(({ group, kind, name, namespace }) => ({
          group,
          kind,
          name,
          ...(namespace !== undefined && { namespace }),
        })),
      }),
    },
  };
}

function evidenceOf(application: KubeObject): Evidence {
  return {
    title: `What Argo CD sees of ${application.metadata.name}`,
    columns: ['resource', 'state', ''],
    rows: listAt(application, 'status', 'resources')
      .slice(0, 40)
      .map((one) => [
        `${textAt(one, 'kind') ?? ''} ${textAt(one, 'namespace') ?? ''}/${textAt(one, 'name') ?? ''}`,
        textAt(one, 'status') ?? '',
        fieldOf(one, 'requiresPruning') === true ? 'no longer in the source' : '',
      ]),
  };
}
