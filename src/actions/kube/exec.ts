import { z } from 'zod';
import { listAt, textAt } from '../../inventory/fields.ts';
import { defineAction, type Planned, type Situation } from '../../model/action.ts';
import { DURATION_PATTERN, parseDuration } from '../../model/duration.ts';
import { labelOf } from '../../model/object-ref.ts';
import type { KubeObject, ReadWorld } from '../../ports/read-world.ts';
import { podTrouble, runInPod, secretIn } from '../../changes/index.ts';
import { onEitherCluster } from '../scopes.ts';

const input = z
  .strictObject({
    namespace: z.string().min(1).describe('Where the pod lives'),
    pod: z.string().min(1).optional().describe('The pod by name'),
    statefulSet: z.string().min(1).optional().describe('Or the StatefulSet that it is a member of'),
    ordinal: z.int().min(0).optional().describe('With statefulSet: which member'),
    container: z.string().min(1).optional().describe('Which container; may be left out where the pod has only one'),
    command: z
      .array(z.string())
      .min(1)
      .refine(([program]) => program !== undefined && program !== '', { message: 'the program is empty' })
      .refine((words) => secretIn(words) === undefined, {
        message: 'a word of it looks like a secret, and it stands in the plan',
      })
      .describe('The program and its arguments, one by one; no shell reads them. No secrets: they stand in the plan'),
    expectExit: z.int().min(0).max(255).default(0).describe('The exit code that means success'),
    timeout: z
      .string()
      .regex(DURATION_PATTERN)
      .default('1m')
      .describe('After this it is given up, though it may still be running in the container'),
  })
  .refine(
    ({ pod, statefulSet, ordinal }) =>
      (pod === undefined) !== (statefulSet === undefined) && (statefulSet === undefined) === (ordinal === undefined),
    { message: 'give either pod, or statefulSet and ordinal' },
  );

type Input = z.infer<typeof input>;

interface Seen {
  readonly pod?: KubeObject;
}

/** A command in a container reaches whatever the container reaches: opaque, always gated, done once. */
export const kubeExec = defineAction<ReadWorld, Input, Seen>({
  name: 'kube/exec',
  summary: 'Run one command in a container of a running pod, once, without a shell',
  kind: 'once',
  input,
  touches: ({ namespace }) =>
    onEitherCluster({
      verbs: ['create', 'get'],
      kinds: ['Pod'],
      subresource: 'exec',
      namespaces: [namespace],
      atMost: 1,
      worst: 'opaque',
    }),
  observe: async (given, world, { endpoint }) => {
    const name = nameOf(given);
    const pod = await world.kube(endpoint).get({ apiVersion: 'v1', kind: 'Pod', namespace: given.namespace, name });
    return pod ? { pod } : {};
  },
  plan,
});

function nameOf({ pod, statefulSet = '', ordinal = 0 }: Input): string {
  return pod ?? `${statefulSet}-${ordinal}`;
}

function plan(given: Input, { pod }: Seen, { endpoint }: Situation): Planned {
  const { namespace, command, expectExit, timeout } = given;
  const ref = { endpoint, apiVersion: 'v1', kind: 'Pod', namespace, name: nameOf(given) };
  const label = labelOf(ref);
  if (!pod) return { effect: 'blocked', because: `${label} does not exist` };
  const { uid } = pod.metadata;
  if (uid === undefined) return { effect: 'blocked', because: `${label} has no uid` };
  const container = containerOf(given, pod);
  const trouble = strangerTo(given, pod) ?? container.trouble ?? podTrouble(pod, container.name);
  if (trouble !== undefined) return { effect: 'blocked', because: `${label} ${trouble}` };
  const change = runInPod({
    object: { ...ref, uid },
    container: container.name,
    argv: command,
    timeoutMs: parseDuration(timeout) ?? 0,
    ...(expectExit !== 0 && { expectExit }),
  });
  return { effect: 'changes', items: [{ key: label, changes: [change], ready: 1, because: command.join(' ') }] };
}

/** A pod may have the name of a member and belong to something else, or to nobody. */
function strangerTo({ statefulSet }: Input, { metadata }: KubeObject): string | undefined {
  if (statefulSet === undefined) return undefined;
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner?.kind === 'StatefulSet' && owner.name === statefulSet) return undefined;
  return `is no member of StatefulSet ${statefulSet}: it belongs to ${owner === undefined ? 'nobody' : `${owner.kind} ${owner.name}`}`;
}

/** kubectl takes the first of several, or one that an annotation names: here nobody guesses. */
function containerOf(given: Input, { spec }: KubeObject): { name: string; trouble?: string } {
  const named = (list: string): string[] => listAt(spec, list).flatMap((one) => textAt(one, 'name') ?? []);
  const containers = named('containers');
  const [only = ''] = containers;
  if (given.container === undefined)
    return containers.length === 1
      ? { name: only }
      : { name: '', trouble: `has several containers, say which: ${containers.join(', ')}` };
  const all = [...containers, ...named('initContainers')];
  if (all.includes(given.container)) return { name: given.container };
  return { name: '', trouble: `has no container ${given.container}; it has ${all.join(', ')}` };
}
