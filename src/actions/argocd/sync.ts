import { z } from 'zod';
import { fieldOf, listAt, textAt, textsAt } from '../../inventory/fields.ts';
import { defineAction, type Planned, type Situation } from '../../model/action.ts';
import { digestOf } from '../../model/digest.ts';
import type { Item } from '../../model/change.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { Evidence } from '../../model/question.ts';
import type { KubeObject, ReadWorld } from '../../ports/read-world.ts';
import { patchObject } from '../../changes/index.ts';
import { onEitherCluster } from '../scopes.ts';
import { ARGO_API, collisionsOf, FROZEN, OPERATOR } from './survey.ts';

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
 * resume the old one, its prune and all (trap 20).
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
    return waiting(given, 'over; Argo CD compares');
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

/** Whether Argo CD has looked since the operation ended; it writes whole seconds. */
function isCompared(application: KubeObject): boolean {
  const ended = Date.parse(textAt(application, 'status', 'operationState', 'finishedAt') ?? '');
  const looked = Date.parse(textAt(application, 'status', 'reconciledAt') ?? '');
  return looked > ended + 2_000;
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

function waiting({ application }: Input, phase: string): Planned {
  const because = `waits for the operation of Application ${application} (${phase})`;
  return { effect: 'changes', items: [{ key: `Application ${application}`, changes: [], ready: 0, because }], because };
}

function syncItem(given: Input, application: KubeObject, { endpoint, address }: Situation): Item {
  const { name, namespace = '', uid = '' } = application.metadata;
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
    object: { endpoint, apiVersion: ARGO_API, kind: 'Application', namespace, name, uid },
    type: 'json',
    patch,
    before: { operation: null },
    after: { operation },
    risk: 'opaque',
    because,
  });
  return { key: `Application ${name}`, changes: [change], ready: 1, because };
}

/** A raw operation is given none of the Application's own sync options: they are copied (recovery-facts B3). */
function operationOf(given: Input, application: KubeObject, address: string): JsonObject {
  const options = textsAt(application, 'spec', 'syncPolicy', 'syncOptions');
  const revision = given.revision ?? textAt(application, 'status', 'sync', 'revision');
  return {
    initiatedBy: { username: OPERATOR },
    info: [{ name: 'drctl', value: address }],
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
