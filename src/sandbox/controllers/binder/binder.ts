import { type Controller, type ControllerContext, ControllerParts } from '../context.ts';
import { isNotFound } from '../failures.ts';
import type { Informer } from '../informer.ts';
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../kinds.ts';
import { annotationOf, draftOf, keyFor, keyOf, nameOf, splitKey, uidOf, withAnnotations } from '../objects.ts';
import { RESOURCES } from '../resources.ts';
import { type ClaimDecision, decideClaim } from './decide-claim.ts';
import { decideVolume } from './decide-volume.ts';
import { BETA_STORAGE_PROVISIONER, STORAGE_PROVISIONER } from './match.ts';
import { claimBoundTo, claimInPhase, volumeBoundTo, volumeInPhase, volumeUnbound } from './writes.ts';

/** Volumes and claims share a queue; a claim's key has its namespace, a volume's this. */
const VOLUME = 'volume:';

const EXTERNAL_PROVISIONING = (provisioner: string): string =>
  `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. ` +
  'If volume creation is delayed, please verify that the provisioner is running and correctly registered.';

/**
 * The persistentvolume-controller. A failed or refused write is not retried by itself: the next event or the resync comes back
 * to it, as upstream. Upstream has one worker for claims and one for volumes; here they take turns, because in one process the
 * second would hear of a write before the first sends its next one, and they would conflict at almost every bind.
 */
export function persistentVolumeBinder(context: ControllerContext): Controller {
  const parts = new ControllerParts(context, 'persistentvolume-controller');
  const { volumes, claims } = context.informers;
  const binder = new Binder(context, parts);
  const queue = parts.queue({
    work: (key) =>
      key.startsWith(VOLUME) ? binder.syncVolume(key.slice(VOLUME.length), wakeClaim) : binder.syncClaim(key),
  });
  const wakeClaim = (key: string): void => queue.add(key);
  const wakeVolume = (name: string): void => queue.add(`${VOLUME}${name}`);
  const resync = (): void => {
    for (const claim of claims.list()) wakeClaim(keyOf(claim));
    for (const volume of volumes.list()) wakeVolume(nameOf(volume));
  };
  return {
    begin: () => {
      volumes.onChange(({ before, after }) => {
        if (after !== undefined) return wakeVolume(nameOf(after));
        const ref = before?.spec.claimRef;
        if (ref?.name !== undefined) wakeClaim(keyFor(ref.name, ref.namespace));
      });
      claims.onChange(({ before, after }) => {
        if (after !== undefined) return wakeClaim(keyOf(after));
        if (before?.spec.volumeName) wakeVolume(before.spec.volumeName);
      });
      resync();
      parts.every(context.periods.binderResync, resync);
    },
    stop: () => parts.stop(),
  };
}

class Binder {
  readonly #parts: ControllerParts;
  readonly #volumes: Informer<PersistentVolume>;
  readonly #claims: Informer<PersistentVolumeClaim>;
  readonly #classes: Informer<StorageClass>;
  readonly #volumesByClaim: (key: string) => PersistentVolume[];

  constructor(context: ControllerContext, parts: ControllerParts) {
    this.#parts = parts;
    this.#volumes = context.informers.volumes;
    this.#claims = context.informers.claims;
    this.#classes = context.informers.storageClasses;
    this.#volumesByClaim = this.#volumes.index('claim', ({ spec: { claimRef } }) => [
      claimRef === undefined ? '' : keyFor(claimRef.name ?? '', claimRef.namespace),
    ]);
  }

  async syncClaim(key: string): Promise<void> {
    const claim = this.#claims.byKey(key);
    if (claim === undefined) return;
    const named = claim.spec.volumeName ? this.#volumes.get(claim.spec.volumeName) : undefined;
    const decision = decideClaim(claim, {
      ...(named === undefined ? {} : { named }),
      candidates: [...this.#volumesByClaim(key), ...this.#volumesByClaim('')],
      classes: this.#classes.list(),
    });
    await this.#carryOut(claim, decision);
  }

  async #carryOut(claim: PersistentVolumeClaim, decision: ClaimDecision): Promise<void> {
    if ((decision.do === 'pending' || decision.do === 'tell') && decision.event !== undefined) {
      this.#tell(claim, decision.event);
    }
    switch (decision.do) {
      case 'bind':
        return this.#bind(decision.volume, claim);
      case 'pending':
        await this.#updateClaimStatus(claimInPhase(claim, 'Pending'));
        return undefined;
      case 'lost':
        if ((await this.#updateClaimStatus(claimInPhase(claim, 'Lost'))) !== undefined)
          this.#tell(claim, decision.event);
        return undefined;
      case 'assignClass':
        return this.#assignClass(claim, decision.className);
      case 'provision':
        return this.#handToProvisioner(claim, decision.provisioner);
      case 'tell':
        return undefined;
    }
  }

  /** The order is what a watcher sees: PV.claimRef, PV Bound, PVC.volumeName, PVC Bound. */
  async #bind(volume: PersistentVolume, claim: PersistentVolumeClaim): Promise<void> {
    const bound = (await this.#updateVolume(volumeBoundTo(volume, claim))) ?? volume;
    const settled = (await this.#updateVolumeStatus(volumeInPhase(bound, 'Bound'))) ?? bound;
    const named = (await this.#updateClaim(claimBoundTo(claim, settled))) ?? claim;
    await this.#updateClaimStatus(claimInPhase(named, 'Bound', settled));
  }

  async #assignClass(claim: PersistentVolumeClaim, className: string): Promise<void> {
    const draft = draftOf(claim);
    draft.spec.storageClassName = className;
    await this.#updateClaim(draft);
  }

  async #handToProvisioner(claim: PersistentVolumeClaim, provisioner: string): Promise<void> {
    const asked = annotationOf(claim, STORAGE_PROVISIONER) === provisioner;
    const annotations = { [BETA_STORAGE_PROVISIONER]: provisioner, [STORAGE_PROVISIONER]: provisioner };
    const marked = asked ? claim : await this.#updateClaim(withAnnotations(claim, annotations));
    this.#tell(marked ?? claim, {
      type: 'Normal',
      reason: 'ExternalProvisioning',
      message: EXTERNAL_PROVISIONING(provisioner),
    });
  }

  async syncVolume(name: string, wakeClaim: (key: string) => void): Promise<void> {
    const volume = this.#volumes.get(name);
    if (volume === undefined) return;
    const claim = await this.#claimOf(volume);
    const decision = decideVolume(volume, claim);
    switch (decision.do) {
      case 'phase':
        // A Failed volume stays so: a person should see that reclaiming it went wrong.
        if (decision.phase === 'Released' && volume.status?.phase === 'Failed') return;
        await this.#updateVolumeStatus(volumeInPhase(volume, decision.phase));
        return;
      case 'wakeClaim':
        if (claim !== undefined) wakeClaim(keyOf(claim));
        return;
      case 'tellModes':
        this.#tellModes(volume, claim);
        return;
      case 'unbind': {
        const unbound = await this.#updateVolume(volumeUnbound(volume));
        await this.#updateVolumeStatus(volumeInPhase(unbound ?? volume, 'Available'));
      }
    }
  }

  /** The cache may be behind: before a volume is called Released, the API server itself is asked. */
  async #claimOf(volume: PersistentVolume): Promise<PersistentVolumeClaim | undefined> {
    const ref = volume.spec.claimRef;
    if (ref?.name === undefined || ref.uid === undefined || ref.uid === '') return undefined;
    const key = keyFor(ref.name, ref.namespace);
    const cached = this.#claims.byKey(key);
    if (cached !== undefined && uidOf(cached) === ref.uid) return cached;
    if (cached === undefined && ['Released', 'Failed'].includes(volume.status?.phase ?? '')) return undefined;
    const live = await this.#readClaim(key);
    return live !== undefined && uidOf(live) === ref.uid ? live : undefined;
  }

  async #readClaim(key: string): Promise<PersistentVolumeClaim | undefined> {
    const { name, namespace } = splitKey(key);
    try {
      return (await this.#parts.client.get(RESOURCES.claims, name, namespace)) as PersistentVolumeClaim;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  #tellModes(volume: PersistentVolume, claim: PersistentVolumeClaim | undefined): void {
    if (claim === undefined) return;
    const why = 'due to incompatible volumeMode.';
    const onVolume = `Cannot bind PersistentVolume to requested PersistentVolumeClaim "${nameOf(claim)}" ${why}`;
    const onClaim = `Cannot bind PersistentVolume "${nameOf(volume)}" to requested PersistentVolumeClaim ${why}`;
    this.#parts.events.record(volume, 'Warning', 'VolumeMismatch', onVolume);
    this.#parts.events.record(claim, 'Warning', 'VolumeMismatch', onClaim);
  }

  #tell(
    claim: PersistentVolumeClaim,
    { type, reason, message }: { type: 'Normal' | 'Warning'; reason: string; message: string },
  ): void {
    this.#parts.events.record(claim, type, reason, message);
  }

  async #updateVolume(draft: PersistentVolume | undefined): Promise<PersistentVolume | undefined> {
    return this.#write(this.#volumes, draft, RESOURCES.volumes);
  }

  async #updateVolumeStatus(draft: PersistentVolume | undefined): Promise<PersistentVolume | undefined> {
    return this.#write(this.#volumes, draft, RESOURCES.volumes, 'status');
  }

  async #updateClaim(draft: PersistentVolumeClaim | undefined): Promise<PersistentVolumeClaim | undefined> {
    return this.#write(this.#claims, draft, RESOURCES.claims);
  }

  async #updateClaimStatus(draft: PersistentVolumeClaim | undefined): Promise<PersistentVolumeClaim | undefined> {
    return this.#write(this.#claims, draft, RESOURCES.claims, 'status');
  }

  async #write<T extends PersistentVolume | PersistentVolumeClaim>(
    cache: Informer<T>,
    draft: T | undefined,
    resource: (typeof RESOURCES)['volumes' | 'claims'],
    subresource?: 'status',
  ): Promise<T | undefined> {
    if (draft === undefined) return undefined;
    const options = subresource === undefined ? {} : { subresource };
    const written = (await this.#parts.client.update(resource, draft, options)) as T;
    cache.assume(written);
    return written;
  }
}
