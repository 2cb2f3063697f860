import type { CloudVolume } from '../../types.ts';
import { type Controller, type ControllerContext, ControllerParts } from '../context.ts';
import { isNotFound, messageOf } from '../failures.ts';
import type { Node, PersistentVolume, VolumeAttachment } from '../kinds.ts';
import {
  draftOf,
  hasFinalizer,
  isTerminating,
  nameOf,
  timestamp,
  withFinalizer,
  withoutFinalizer,
} from '../objects.ts';
import { RESOURCES } from '../resources.ts';
import { ATTACHER_FINALIZER, EBS_ATTACHER, EBS_DRIVER, deviceFor, instanceOf, zoneOf } from './ebs.ts';

/** Why EC2 would refuse: a volume attaches only in its own zone, and to one instance at a time (io2 Multi-Attach aside). */
export function attachRefusal(
  volume: CloudVolume | undefined,
  handle: string,
  node: Node | undefined,
): string | undefined {
  const instance = node && instanceOf(node);
  if (volume === undefined || volume.state === 'deleted')
    return `InvalidVolume.NotFound: The volume '${handle}' does not exist.`;
  if (node === undefined || instance === undefined) return 'Instance of the node not found: spec.providerID names none';
  if (volume.zone !== zoneOf(node)) {
    return `InvalidVolume.ZoneMismatch: The volume '${handle}' is not in the same availability zone as instance '${instance}'`;
  }
  const other = attachmentsOf(volume).find((attachment) => attachment.instance !== instance);
  return other && `VolumeInUse: ${handle} is already attached to an instance (${other.instance})`;
}

/** The attacher's finalizer stays on a volume until it is being deleted and nothing is attached. [csi_handler.go] */
export function mayLetGo(volume: PersistentVolume, attachments: readonly VolumeAttachment[]): boolean {
  return isTerminating(volume) && hasFinalizer(volume, ATTACHER_FINALIZER) && attachments.length === 0;
}

/** The external-attacher with the EBS driver behind it: carries VolumeAttachments out in the cloud. */
export function ebsAttacher(context: ControllerContext): Controller {
  const parts = new ControllerParts(context, EBS_ATTACHER);
  const { attachments, volumes } = context.informers;
  const cloud = new CloudAttachments(context, parts);
  const attachmentsByVolume = attachments.index('volume', ({ spec }) => [spec.source.persistentVolumeName ?? '']);

  const queue = parts.queue({
    workers: 8,
    failed: () => context.periods.attachRetry,
    work: async (name) => {
      const attachment = attachments.get(name);
      if (attachment?.spec.attacher !== EBS_DRIVER) return;
      if (isTerminating(attachment)) await cloud.detach(attachment);
      else if (attachment.status?.attached !== true) await cloud.attach(attachment);
    },
  });

  const volumeQueue = parts.queue({
    failed: () => context.periods.attachRetry,
    work: async (name) => {
      const volume = volumes.get(name);
      if (volume === undefined || !mayLetGo(volume, attachmentsByVolume(name))) return;
      await parts.client.update(RESOURCES.volumes, withoutFinalizer(volume, ATTACHER_FINALIZER));
    },
  });

  return {
    begin: () => {
      attachments.onChange(({ before, after }) => {
        if (after !== undefined) queue.add(nameOf(after));
        else volumeQueue.add(before?.spec.source.persistentVolumeName ?? '');
      });
      for (const attachment of attachments.list()) queue.add(nameOf(attachment));
      // A PersistentVolume written to is when a held detach may have become free: the scenario looks at its policy.
      volumes.onChange(({ after }) => {
        if (after !== undefined && isTerminating(after)) volumeQueue.add(nameOf(after));
        for (const attachment of after === undefined ? [] : attachmentsByVolume(nameOf(after)))
          queue.add(nameOf(attachment));
      });
    },
    stop: () => parts.stop(),
  };
}

class CloudAttachments {
  readonly #context: ControllerContext;
  readonly #parts: ControllerParts;
  /** Devices of attachments that are being made: their status does not say yet. */
  readonly #choosing = new Map<string, { nodeName: string; device: string }>();

  constructor(context: ControllerContext, parts: ControllerParts) {
    this.#context = context;
    this.#parts = parts;
  }

  async attach(attachment: VolumeAttachment): Promise<void> {
    const volume = await this.#readVolume(attachment);
    if (volume === undefined)
      return this.#reportError(attachment, 'attachError', 'could not find the PersistentVolume');
    await this.#hold(volume);
    const held = hasFinalizer(attachment, ATTACHER_FINALIZER)
      ? attachment
      : await this.#update(withFinalizer(attachment, ATTACHER_FINALIZER));
    const handle = volume.spec.csi?.volumeHandle ?? '';
    const node = this.#context.informers.nodes.get(attachment.spec.nodeName);
    const found = await this.#context.cloud.describe(handle);
    const refusal = attachRefusal(found, handle, node);
    if (refusal !== undefined) return this.#reportError(held, 'attachError', attachFailure(handle, held, refusal));
    try {
      const devicePath = await this.#attachInCloud(handle, held, node, found);
      await this.#setStatus(held, { attached: true, attachmentMetadata: { devicePath } });
    } catch (error) {
      return await this.#reportError(held, 'attachError', attachFailure(handle, held, messageOf(error)));
    } finally {
      this.#choosing.delete(nameOf(attachment));
    }
    return undefined;
  }

  async #attachInCloud(
    handle: string,
    attachment: VolumeAttachment,
    node: Node | undefined,
    found: CloudVolume | undefined,
  ): Promise<string> {
    const there = found === undefined ? undefined : attachmentsOf(found)[0];
    const device = there?.device ?? deviceFor(this.#devicesOn(attachment.spec.nodeName));
    this.#choosing.set(nameOf(attachment), { nodeName: attachment.spec.nodeName, device });
    if (there === undefined) await this.#context.cloud.attach(handle, (node && instanceOf(node)) ?? '', device);
    const after = await this.#context.cloud.describe(handle);
    if (after === undefined || attachmentsOf(after)[0]?.state !== 'attached') throw new Error('still attaching');
    return device;
  }

  /** While the detach is held, EC2 would say busy: the attachment stays, and so does whatever it protects. */
  async detach(attachment: VolumeAttachment): Promise<void> {
    if (!hasFinalizer(attachment, ATTACHER_FINALIZER)) return undefined;
    const volume = await this.#readVolume(attachment);
    const handle = volume?.spec.csi?.volumeHandle;
    if (volume !== undefined && this.#context.holdDetach(nameOf(volume))) {
      const message = `rpc error: code = Internal desc = Could not detach volume "${handle}" from node "${attachment.spec.nodeName}": attachment is busy`;
      return this.#reportError(attachment, 'detachError', message);
    }
    if (handle !== undefined) await this.#detachInCloud(handle, attachment.spec.nodeName);
    await this.#update(withoutFinalizer(attachment, ATTACHER_FINALIZER));
    return undefined;
  }

  async #detachInCloud(handle: string, nodeName: string): Promise<void> {
    const node = this.#context.informers.nodes.get(nodeName);
    const instance = node && instanceOf(node);
    const found = await this.#context.cloud.describe(handle);
    const here = found && attachmentsOf(found).find((attachment) => attachment.instance === instance);
    if (here === undefined) return;
    await this.#context.cloud.detach(handle);
    const after = await this.#context.cloud.describe(handle);
    if (after !== undefined && attachmentsOf(after).length > 0) throw new Error(`${handle} is still detaching`);
  }

  async #hold(volume: PersistentVolume): Promise<void> {
    if (hasFinalizer(volume, ATTACHER_FINALIZER) || isTerminating(volume)) return;
    await this.#parts.client.update(RESOURCES.volumes, withFinalizer(volume, ATTACHER_FINALIZER));
  }

  async #readVolume(attachment: VolumeAttachment): Promise<PersistentVolume | undefined> {
    try {
      const name = attachment.spec.source.persistentVolumeName ?? '';
      return (await this.#parts.client.get(RESOURCES.volumes, name)) as PersistentVolume;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  #devicesOn(nodeName: string): string[] {
    const said = this.#context.informers.attachments.list().filter(({ spec }) => spec.nodeName === nodeName);
    const chosen = [...this.#choosing.values()].filter((choice) => choice.nodeName === nodeName);
    return [
      ...said.flatMap(({ status }) => status?.attachmentMetadata?.['devicePath'] ?? []),
      ...chosen.map(({ device }) => device),
    ];
  }

  async #reportError(
    attachment: VolumeAttachment,
    field: 'attachError' | 'detachError',
    message: string,
  ): Promise<never> {
    const before = attachment.status?.[field]?.['message'];
    const status = { attached: attachment.status?.attached ?? false, ...attachment.status };
    const error = { message, time: timestamp(this.#context.now()) };
    if (before !== message) await this.#setStatus(attachment, { ...status, [field]: error });
    throw new Error(message);
  }

  async #setStatus(attachment: VolumeAttachment, status: NonNullable<VolumeAttachment['status']>): Promise<void> {
    const draft = draftOf(attachment);
    draft.status = status;
    const written = await this.#parts.client.update(RESOURCES.attachments, draft, { subresource: 'status' });
    this.#context.informers.attachments.assume(written as VolumeAttachment);
  }

  async #update(draft: VolumeAttachment): Promise<VolumeAttachment> {
    const written = (await this.#parts.client.update(RESOURCES.attachments, draft)) as VolumeAttachment;
    this.#context.informers.attachments.assume(written);
    return written;
  }
}

function attachFailure(handle: string, attachment: VolumeAttachment, why: string): string {
  return `rpc error: code = Internal desc = Could not attach volume "${handle}" to node "${attachment.spec.nodeName}": ${why}`;
}

function attachmentsOf(volume: CloudVolume): CloudVolume['attachments'] {
  return volume.attachments.filter(({ state }) => state !== 'detached');
}
