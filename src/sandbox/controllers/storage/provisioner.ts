import type { CloudVolume } from '../../types.ts';
import { classOf } from '../binder/match.ts';
import { type Controller, type ControllerContext, ControllerParts } from '../context.ts';
import { isAlreadyExists, isConflict, isNotFound, messageOf } from '../failures.ts';
import type { PersistentVolume, PersistentVolumeClaim, VolumeAttachment } from '../kinds.ts';
import { hasFinalizer, keyOf, nameOf, uidOf, withFinalizer, withoutFinalizer } from '../objects.ts';
import { RESOURCES } from '../resources.ts';
import { type WorkQueue, backOff } from '../work-queue.ts';
import {
  type ProvisionRequest,
  decideProvision,
  decideProvisionerFinalizer,
  deletionBlockedBy,
  mustDelete,
  provisionedVolume,
} from './decide-provision.ts';
import { EBS_DRIVER, PROVISIONER_FINALIZER } from './ebs.ts';

/** The CSI provisioner of the EBS driver: makes volumes for claims, and destroys those that are Released with policy Delete. */
export function ebsProvisioner(context: ControllerContext): Controller {
  const parts = new ControllerParts(context, EBS_DRIVER);
  const { claims, volumes } = context.informers;
  const claimQueue = provisionQueue(context, parts);
  const volumeQueue = deletionQueue(context, parts);
  return {
    begin: () => {
      claims.onChange(({ after }) => after !== undefined && claimQueue.add(keyOf(after)));
      volumes.onChange(({ after }) => after !== undefined && volumeQueue.add(nameOf(after)));
      for (const claim of claims.list()) claimQueue.add(keyOf(claim));
      for (const volume of volumes.list()) volumeQueue.add(nameOf(volume));
    },
    stop: () => parts.stop(),
  };
}

function provisionQueue(context: ControllerContext, parts: ControllerParts): WorkQueue {
  const { claims, volumes, storageClasses, nodes } = context.informers;
  /** By claim uid: a volume that was made, but whose object could not be written yet, is not made again. */
  const made = new Map<string, CloudVolume>();

  async function provision(claim: PersistentVolumeClaim, request: ProvisionRequest): Promise<void> {
    const storageClass = storageClasses.get(classOf(claim));
    if (storageClass === undefined || volumes.get(request.volumeName) !== undefined) return;
    const key = keyOf(claim);
    parts.events.record(
      claim,
      'Normal',
      'Provisioning',
      `External provisioner is provisioning volume for claim "${key}"`,
    );
    const volume = made.get(uidOf(claim)) ?? (await context.cloud.createVolume(request));
    made.set(uidOf(claim), volume);
    try {
      await parts.client.create(RESOURCES.volumes, provisionedVolume(claim, storageClass, volume, request.volumeName));
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
    made.delete(uidOf(claim));
    parts.events.record(
      claim,
      'Normal',
      'ProvisioningSucceeded',
      `Successfully provisioned volume ${request.volumeName}`,
    );
  }

  return parts.queue({
    workers: 8,
    failed: (_key, error, attempt) => (isConflict(error) ? 5 : backOff(context.periods.provisionRetry, attempt)),
    work: async (key) => {
      const claim = claims.byKey(key);
      if (claim === undefined) return;
      const decision = decideProvision(claim, storageClasses.get(classOf(claim)), nodes.list());
      if (decision.do === 'provision') await provision(claim, decision.request);
      if (decision.do === 'fail') {
        parts.events.record(claim, 'Warning', 'ProvisioningFailed', decision.message);
        throw new Error(decision.message);
      }
    },
  });
}

function deletionQueue(context: ControllerContext, parts: ControllerParts): WorkQueue {
  const { volumes } = context.informers;

  async function holdOrRelease(volume: PersistentVolume): Promise<PersistentVolume> {
    const decision = decideProvisionerFinalizer(volume);
    if (decision === 'keep') return volume;
    const change = decision === 'add' ? withFinalizer : withoutFinalizer;
    return (await parts.client.update(RESOURCES.volumes, change(volume, PROVISIONER_FINALIZER))) as PersistentVolume;
  }

  /**
   * The attachments are read before the volume, and both from the API server: whoever sees the last attachment go because
   * the policy became Retain must also see Retain.
   */
  async function destroy(seen: PersistentVolume): Promise<void> {
    const { items } = await parts.client.list(RESOURCES.attachments);
    const blocked = deletionBlockedBy(seen, items as VolumeAttachment[]);
    const volume = (await parts.client.get(RESOURCES.volumes, nameOf(seen))) as PersistentVolume;
    if (!mustDelete(volume) || uidOf(volume) !== uidOf(seen)) return;
    try {
      if (blocked !== undefined) throw new Error(blocked);
      await deleteDisk(volume.spec.csi?.volumeHandle ?? '');
    } catch (error) {
      parts.events.record(volume, 'Warning', 'VolumeFailedDelete', messageOf(error));
      throw error;
    }
    await forget(volume);
  }

  /** One that is gone already is no failure, for the driver neither: the object may have outlived it. */
  async function deleteDisk(handle: string): Promise<void> {
    const disk = await context.cloud.describe(handle);
    if (disk !== undefined && !['deleting', 'deleted'].includes(disk.state)) await context.cloud.deleteVolume(handle);
  }

  async function forget(volume: PersistentVolume): Promise<void> {
    await parts.client.delete(RESOURCES.volumes, nameOf(volume), undefined, { uid: uidOf(volume) });
    try {
      const left = (await parts.client.get(RESOURCES.volumes, nameOf(volume))) as PersistentVolume;
      if (!hasFinalizer(left, PROVISIONER_FINALIZER)) return;
      await parts.client.update(RESOURCES.volumes, withoutFinalizer(left, PROVISIONER_FINALIZER));
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  return parts.queue({
    workers: 8,
    failed: (_key, error, attempt) => (isConflict(error) ? 5 : backOff(context.periods.provisionRetry, attempt)),
    work: async (name) => {
      const volume = volumes.get(name);
      if (volume === undefined) return;
      const held = await holdOrRelease(volume);
      if (mustDelete(held)) await destroy(held);
    },
  });
}
