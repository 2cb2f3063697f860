import { type Controller, type ControllerContext, ControllerParts } from '../context.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../kinds.ts';
import { hasFinalizer, isTerminating, keyFor, keyOf, nameOf, withFinalizer, withoutFinalizer } from '../objects.ts';
import { RESOURCES } from '../resources.ts';
import { backOff } from '../work-queue.ts';

const CLAIM_PROTECTION = 'kubernetes.io/pvc-protection';
const VOLUME_PROTECTION = 'kubernetes.io/pv-protection';

type ProtectionDecision = 'add' | 'remove' | 'keep';

/** Held while a pod that is on a node, and has not finished, names the claim. [pvc_protection_controller.go] */
export function decideClaimProtection(claim: PersistentVolumeClaim, pods: readonly Pod[]): ProtectionDecision {
  if (!isTerminating(claim)) return hasFinalizer(claim, CLAIM_PROTECTION) ? 'keep' : 'add';
  return hasFinalizer(claim, CLAIM_PROTECTION) && !pods.some(usesVolumes) ? 'remove' : 'keep';
}

/** Held while the volume is Bound. [pv_protection_controller.go] */
export function decideVolumeProtection(volume: PersistentVolume): ProtectionDecision {
  if (!isTerminating(volume)) return hasFinalizer(volume, VOLUME_PROTECTION) ? 'keep' : 'add';
  return hasFinalizer(volume, VOLUME_PROTECTION) && volume.status?.phase !== 'Bound' ? 'remove' : 'keep';
}

export function claimKeysOf(pod: Pod): string[] {
  return (pod.spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim === undefined ? [] : [keyFor(persistentVolumeClaim.claimName, pod.metadata.namespace)],
  );
}

/** Scheduled and not finished: what keeps a claim's finalizer and a volume's attachment. */
export function usesVolumes(pod: Pod): boolean {
  return Boolean(pod.spec.nodeName) && !['Succeeded', 'Failed'].includes(pod.status?.phase ?? '');
}

export function claimProtection(context: ControllerContext): Controller {
  const parts = new ControllerParts(context, 'pvc-protection-controller');
  const { claims, pods } = context.informers;
  const podsByClaim = pods.index('claim', claimKeysOf);
  const queue = parts.queue({
    failed: (_key, _error, attempt) => backOff(10, attempt),
    work: async (key) => {
      const claim = claims.byKey(key);
      if (claim === undefined) return;
      const decision = decideClaimProtection(claim, podsByClaim(key));
      if (decision === 'keep' || (decision === 'remove' && (await isUsed(claim)))) return;
      await parts.client.update(RESOURCES.claims, changed(claim, CLAIM_PROTECTION, decision));
    },
  });

  /** The cache may not know the newest pod yet: the API server is asked before a claim is let go, as upstream does. */
  async function isUsed(claim: PersistentVolumeClaim): Promise<boolean> {
    const { items } = await parts.client.list(RESOURCES.pods, { namespace: claim.metadata.namespace ?? '' });
    return (items as Pod[]).some((pod) => usesVolumes(pod) && claimKeysOf(pod).includes(keyOf(claim)));
  }

  return {
    begin: () => {
      claims.onChange(({ after }) => after !== undefined && queue.add(keyOf(after)));
      pods.onChange(({ before, after }) => {
        for (const pod of [before, after]) for (const key of pod === undefined ? [] : claimKeysOf(pod)) queue.add(key);
      });
      for (const claim of claims.list()) queue.add(keyOf(claim));
    },
    stop: () => parts.stop(),
  };
}

export function volumeProtection(context: ControllerContext): Controller {
  const parts = new ControllerParts(context, 'pv-protection-controller');
  const { volumes } = context.informers;
  const queue = parts.queue({
    failed: (_key, _error, attempt) => backOff(10, attempt),
    work: async (name) => {
      const volume = volumes.get(name);
      const decision = volume === undefined ? 'keep' : decideVolumeProtection(volume);
      if (volume === undefined || decision === 'keep') return;
      await parts.client.update(RESOURCES.volumes, changed(volume, VOLUME_PROTECTION, decision));
    },
  });
  return {
    begin: () => {
      volumes.onChange(({ after }) => after !== undefined && queue.add(nameOf(after)));
      for (const volume of volumes.list()) queue.add(nameOf(volume));
    },
    stop: () => parts.stop(),
  };
}

function changed<T extends PersistentVolume | PersistentVolumeClaim>(
  object: T,
  finalizer: string,
  how: 'add' | 'remove',
): T {
  return how === 'add' ? withFinalizer(object, finalizer) : withoutFinalizer(object, finalizer);
}
