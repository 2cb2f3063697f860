import { z } from 'zod';
import { defineAction, type Planned, type Situation } from '../../model/action.ts';
import type { Item } from '../../model/change.ts';
import type { KubeObject, ReadWorld } from '../../ports/read-world.ts';
import { patchObject } from '../../changes/index.ts';
import { onEitherCluster } from '../scopes.ts';

const KINDS = { PersistentVolumeClaim: 'v1', StatefulSet: 'apps/v1' } as const;
type Kind = keyof typeof KINDS;

const input = z.strictObject({
  namespace: z.string().min(1).describe('Where the objects live'),
  kinds: z
    .array(z.enum(['PersistentVolumeClaim', 'StatefulSet']))
    .min(1)
    .default(['PersistentVolumeClaim', 'StatefulSet'])
    .describe('Which of them to protect'),
});

type Input = z.infer<typeof input>;

interface Seen {
  readonly objects: readonly KubeObject[];
  readonly only?: readonly string[];
}

const OPTIONS = 'argocd.argoproj.io/sync-options';
/** Neither stands for the other: one is about what left the source, one about an Application that is deleted. */
const WANTED = ['Prune=false', 'Delete=false'];

/** Marks what keeps data, so that Argo CD neither prunes it nor deletes it with its Application (recovery-facts B2). */
export const argocdProtect = defineAction<ReadWorld, Input, Seen>({
  name: 'argocd/protect',
  summary: 'Mark claims and StatefulSets so that Argo CD neither prunes nor deletes them',
  kind: 'converge',
  input,
  touches: ({ namespace, kinds }) =>
    onEitherCluster({ verbs: ['patch'], kinds, namespaces: [namespace], worst: 'safe' }),
  observe: async ({ namespace, kinds }, world, { endpoint }, only) => {
    const lists = kinds.map((kind: Kind) => world.kube(endpoint).list(KINDS[kind], kind, { namespace }));
    return { objects: (await Promise.all(lists)).flat(), ...(only && { only }) };
  },
  plan,
});

function plan(given: Input, { objects, only }: Seen, situation: Situation): Planned {
  if (objects.length === 0 && only === undefined)
    return { effect: 'blocked', because: `namespace ${given.namespace} has no ${given.kinds.join(' and no ')}` };
  const items = objects.flatMap((object) => itemOf(object, situation) ?? []);
  const wanted = only ? items.filter(({ key }) => only.includes(key)) : items;
  if (wanted.length > 0) return { effect: 'changes', items: wanted };
  return { effect: 'satisfied', because: `all ${objects.length} say ${WANTED.join(' and ')}` };
}

function itemOf(object: KubeObject, { endpoint }: Situation): Item | undefined {
  const { name, namespace = '', uid = '', annotations = {} } = object.metadata;
  const before = annotations[OPTIONS];
  const options = (before ?? '').split(',').flatMap((one) => one.trim() || []);
  if (WANTED.every((one) => options.includes(one))) return undefined;
  const kept = options.filter((one) => !/^(Prune|Delete)=/.test(one));
  const after = [...kept, ...WANTED].join(',');
  const because = 'neither pruned nor deleted by Argo CD';
  const change = patchObject({
    object: { endpoint, apiVersion: object.apiVersion, kind: object.kind, namespace, name, uid },
    type: 'merge',
    patch: { metadata: { uid, annotations: { [OPTIONS]: after } } },
    before: { metadata: { annotations: { [OPTIONS]: before ?? null } } },
    after: { metadata: { annotations: { [OPTIONS]: after } } },
    risk: 'safe',
    because,
  });
  return { key: `${object.kind} ${name}`, changes: [change], ready: 1, because };
}
