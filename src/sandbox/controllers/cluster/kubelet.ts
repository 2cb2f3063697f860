import { isDeepStrictEqual } from 'node:util';
import { type Controller, type ControllerContext, ControllerParts } from '../context.ts';
import { isConflict, isNotFound } from '../failures.ts';
import type { Pod } from '../kinds.ts';
import { draftOf, isTerminating, keyFor, keyOf, nameOf, timestamp, uidOf } from '../objects.ts';
import { RESOURCES } from '../resources.ts';
import { claimKeysOf } from '../storage/protection.ts';
import { runningStatus, waitingStatus } from './decide-pod.ts';
import { Mounts } from './mounts.ts';

const RETRY_MS = 25;

/** All kubelets in one: runs pods that are on a node once their volumes are bound, attached and mountable, and stops them. */
export function kubelet(context: ControllerContext): Controller {
  const parts = new ControllerParts(context, 'kubelet');
  const { pods, claims, volumes, attachments } = context.informers;
  const mounts = new Mounts(context, parts.events);
  const podsByClaim = pods.index('claim', claimKeysOf);
  const starting = new Set<string>();
  const stopping = new Set<string>();
  const addresses = podAddresses();
  const queue = parts.queue({
    workers: 8,
    failed: (_key, error, attempt) => (isConflict(error) ? 5 : RETRY_MS * Math.min(attempt, 8)),
    work: async (key) => {
      const pod = pods.byKey(key);
      if (pod === undefined || !pod.spec.nodeName) return;
      if (isTerminating(pod)) await stopPod(pod);
      else if ((pod.status?.phase ?? 'Pending') === 'Pending') await startPod(pod);
    },
  });

  /** Containers take a moment to start; until then others see the pod on its node, not yet running. */
  async function startPod(pod: Pod): Promise<void> {
    if (!mounts.mountFor(pod)) {
      await writeStatus(pod, waitingStatus(pod));
      queue.add(keyOf(pod), RETRY_MS * 4);
    } else if (!starting.has(uidOf(pod))) {
      starting.add(uidOf(pod));
      queue.add(keyOf(pod), context.periods.podStart);
    } else {
      await writeStatus(pod, runningStatus(pod, addresses.next(), timestamp(context.now())));
      starting.delete(uidOf(pod));
    }
  }

  /** A container of the sandbox stops at once; the grace period is what it may use, not what it must. */
  async function stopPod(pod: Pod): Promise<void> {
    if (!stopping.has(uidOf(pod))) {
      stopping.add(uidOf(pod));
      queue.add(keyOf(pod), context.periods.podStop);
      return;
    }
    try {
      const options = { gracePeriodSeconds: 0, uid: uidOf(pod) };
      await parts.client.delete(RESOURCES.pods, nameOf(pod), pod.metadata.namespace, options);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  async function writeStatus(pod: Pod, status: NonNullable<Pod['status']>): Promise<void> {
    if (isDeepStrictEqual(status, pod.status)) return;
    const draft = draftOf(pod);
    draft.status = status;
    try {
      pods.assume((await parts.client.update(RESOURCES.pods, draft, { subresource: 'status' })) as Pod);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  function wakeUsersOf(claimKey: string): void {
    for (const pod of podsByClaim(claimKey)) queue.add(keyOf(pod));
  }

  return {
    begin: () => {
      pods.onChange(({ before, after }) => {
        if (after !== undefined) queue.add(keyOf(after));
        else if (before !== undefined) for (const known of [starting, stopping]) known.delete(uidOf(before));
      });
      claims.onChange(({ after }) => after !== undefined && wakeUsersOf(keyOf(after)));
      attachments.onChange(({ after }) => {
        const volume = volumes.get(after?.spec.source.persistentVolumeName ?? '');
        const ref = volume?.spec.claimRef;
        if (ref?.name !== undefined) wakeUsersOf(keyFor(ref.name, ref.namespace));
      });
      const all = (): void => pods.list().forEach((pod) => queue.add(keyOf(pod)));
      all();
      parts.every(context.periods.kubeletResync, all);
    },
    stop: () => parts.stop(),
  };
}

/** Addresses of the sandbox's pod network, one after the other. */
function podAddresses(): { next(): string } {
  let used = 0;
  return {
    next: () => {
      used += 1;
      return `10.200.${Math.floor(used / 250) % 250}.${(used % 250) + 1}`;
    },
  };
}
