import { isDeepStrictEqual } from 'node:util';
import { type Controller, type ControllerContext, ControllerParts } from '../context.ts';
import { isNamespaceTerminating, isNotFound } from '../failures.ts';
import type { Pod, ReplicaSet } from '../kinds.ts';
import { controllerOf, controllerUids, draftOf, keyFor, keyOf, nameOf, ownedBy, uidOf } from '../objects.ts';
import { RESOURCES } from '../resources.ts';
import { backOff } from '../work-queue.ts';
import { decideReplicaSet, replicaStatus } from './decide-replica-set.ts';
import { exactly, podOf } from './pods.ts';

export function replicaSetController(context: ControllerContext): Controller {
  const parts = new ControllerParts(context, 'replicaset-controller');
  const { replicaSets, pods } = context.informers;
  const podsByOwner = pods.index('controller', controllerUids);
  /** Pods that were asked for or taken away, until the cache shows it: else a stale cache would make too many. */
  const expected = new Map<string, Set<string>>();
  const queue = parts.queue({
    workers: 2,
    failed: (_key, error, attempt) => (isNamespaceTerminating(error) ? undefined : backOff(20, attempt)),
    work: async (key) => {
      const set = replicaSets.byKey(key);
      if (set === undefined) return;
      await writeStatus(set);
      if (!isSettled(set)) return;
      const { create, remove } = decideReplicaSet(set, podsByOwner(uidOf(set)));
      for (let count = 0; count < create; count += 1) await make(set);
      for (const pod of remove) await takeAway(set, pod);
    },
  });

  function isSettled(set: ReplicaSet): boolean {
    const waiting = expected.get(uidOf(set)) ?? new Set();
    for (const uid of waiting) if (podsByOwner(uidOf(set)).some((pod) => uidOf(pod) === uid)) waiting.delete(uid);
    return waiting.size === 0;
  }

  async function make(set: ReplicaSet): Promise<void> {
    const pod = podOf(set.spec.template, set.metadata.namespace ?? '', ownedBy(set));
    pod.metadata.generateName = `${nameOf(set)}-`;
    const made = await parts.client.create(RESOURCES.pods, pod);
    expected.set(uidOf(set), (expected.get(uidOf(set)) ?? new Set()).add(uidOf(made)));
    parts.events.record(set, 'Normal', 'SuccessfulCreate', `Created pod: ${nameOf(made)}`);
  }

  async function takeAway(set: ReplicaSet, pod: Pod): Promise<void> {
    try {
      await parts.client.delete(RESOURCES.pods, nameOf(pod), pod.metadata.namespace, exactly(pod));
    } catch (error) {
      if (isNotFound(error)) return;
      throw error;
    }
    parts.events.record(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${nameOf(pod)}`);
  }

  async function writeStatus(set: ReplicaSet): Promise<void> {
    const status = replicaStatus(set, podsByOwner(uidOf(set)));
    if (isDeepStrictEqual(status, set.status)) return;
    const draft = draftOf(set);
    draft.status = status;
    try {
      replicaSets.assume(
        (await parts.client.update(RESOURCES.replicaSets, draft, { subresource: 'status' })) as ReplicaSet,
      );
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  return {
    begin: () => {
      replicaSets.onChange(({ before, after }) => {
        if (after !== undefined) queue.add(keyOf(after));
        else if (before !== undefined) expected.delete(uidOf(before));
      });
      pods.onChange(({ before, after }) => {
        const pod = after ?? before;
        const owner = pod && controllerOf(pod);
        if (after === undefined && pod !== undefined && owner !== undefined)
          expected.get(owner.uid)?.delete(uidOf(pod));
        if (owner?.kind === 'ReplicaSet') queue.add(keyFor(owner.name, pod?.metadata.namespace));
      });
      for (const set of replicaSets.list()) queue.add(keyOf(set));
    },
    stop: () => parts.stop(),
  };
}
