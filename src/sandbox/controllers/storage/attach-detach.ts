import { type Controller, type ControllerContext, ControllerParts } from '../context.ts';
import type { EventRecorder } from '../events.ts';
import { isAlreadyExists, isNotFound } from '../failures.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod, VolumeAttachment } from '../kinds.ts';
import { keyOf, nameOf, uidOf } from '../objects.ts';
import { RESOURCES } from '../resources.ts';
import { backOff } from '../work-queue.ts';
import { decideAttachments, newAttachment } from './decide-attach.ts';
import { isEbsVolume } from './ebs.ts';
import { claimKeysOf } from './protection.ts';

/** The attach-detach controller: turns pods on nodes into VolumeAttachments and takes them away when the pods are gone. */
export function attachDetachController(context: ControllerContext): Controller {
  const parts = new ControllerParts(context, 'attachdetach-controller');
  const { volumes, claims, pods, attachments } = context.informers;
  const podsByClaim = pods.index('claim', claimKeysOf);
  const claimsByVolume = claims.index('volume', ({ spec }) => (spec.volumeName ? [spec.volumeName] : []));
  const attachmentsByVolume = attachments.index('volume', ({ spec }) => [spec.source.persistentVolumeName ?? '']);

  const queue = parts.queue({
    workers: 4,
    failed: (_key, _error, attempt) => backOff(context.periods.attachRetry, attempt),
    work: async (name) => {
      const volume = volumes.get(name);
      const existing = attachmentsByVolume(name);
      if (volume === undefined || !isEbsVolume(volume)) return;
      const decision = decideAttachments(volume, existing, usersOf(name));
      for (const attachment of decision.detach) await detach(attachment);
      for (const node of decision.attach) await attach(volume, node);
      for (const pod of decision.refused) tellMultiAttach(parts.events, pod, volume);
    },
  });

  function usersOf(volumeName: string): { pod: Pod; claim: PersistentVolumeClaim }[] {
    return claimsByVolume(volumeName).flatMap((claim) => podsByClaim(keyOf(claim)).map((pod) => ({ pod, claim })));
  }

  async function attach(volume: PersistentVolume, node: string): Promise<void> {
    try {
      await parts.client.create(RESOURCES.attachments, newAttachment(volume, node));
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }

  async function detach(attachment: VolumeAttachment): Promise<void> {
    try {
      await parts.client.delete(RESOURCES.attachments, nameOf(attachment), undefined, { uid: uidOf(attachment) });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  function tellUsers(before: VolumeAttachment | undefined, after: VolumeAttachment): void {
    const users = usersOf(after.spec.source.persistentVolumeName ?? '').map(({ pod }) => pod);
    for (const pod of users) {
      if (pod.spec.nodeName === after.spec.nodeName) tellAttached(parts.events, pod, before, after);
    }
  }

  /** Upstream compares what is wanted with what is attached once in a while: a pod that is replaced at once keeps its volume. */
  function wake(volumeName: string): void {
    queue.add(volumeName, context.periods.attachDetachReconcile);
  }

  function wakeClaim(key: string): void {
    const volumeName = claims.byKey(key)?.spec.volumeName;
    if (volumeName) wake(volumeName);
  }

  return {
    begin: () => {
      claims.onChange(({ before, after }) => {
        for (const claim of [before, after]) if (claim?.spec.volumeName) wake(claim.spec.volumeName);
      });
      pods.onChange(({ before, after }) => {
        for (const pod of [before, after]) for (const key of pod === undefined ? [] : claimKeysOf(pod)) wakeClaim(key);
      });
      attachments.onChange(({ before, after }) => {
        const attachment = after ?? before;
        if (after !== undefined) tellUsers(before, after);
        if (attachment?.spec.source.persistentVolumeName !== undefined)
          wake(attachment.spec.source.persistentVolumeName);
      });
      for (const volume of volumes.list()) wake(nameOf(volume));
    },
    stop: () => parts.stop(),
  };
}

function tellMultiAttach(events: EventRecorder, pod: Pod, volume: PersistentVolume): void {
  const message =
    `Multi-Attach error for volume "${nameOf(volume)}" Volume is already exclusively attached to one node and ` +
    "can't be attached to another";
  events.record(pod, 'Warning', 'FailedAttachVolume', message);
}

function tellAttached(
  events: EventRecorder,
  pod: Pod,
  before: VolumeAttachment | undefined,
  after: VolumeAttachment,
): void {
  const name = after.spec.source.persistentVolumeName ?? '';
  const error = after.status?.attachError?.['message'];
  if (after.status?.attached === true && before?.status?.attached !== true) {
    events.record(pod, 'Normal', 'SuccessfulAttachVolume', `AttachVolume.Attach succeeded for volume "${name}" `);
  } else if (typeof error === 'string' && before?.status?.attachError?.['message'] !== error) {
    events.record(pod, 'Warning', 'FailedAttachVolume', `AttachVolume.Attach failed for volume "${name}" : ${error}`);
  }
}
