import type { ControllerContext } from '../context.ts';
import type { EventRecorder } from '../events.ts';
import type { PersistentVolume, Pod } from '../kinds.ts';
import { attachmentName, isEbsVolume } from '../storage/ebs.ts';
import { type MountedVolume, decideMount, waitsFor } from './decide-pod.ts';

/** The volumes of pods, as a node mounts them. */
export class Mounts {
  readonly #context: ControllerContext;
  readonly #events: EventRecorder;

  constructor(context: ControllerContext, events: EventRecorder) {
    this.#context = context;
    this.#events = events;
  }

  /** Mounts what the pod asks for, formatting blank disks on the way; false while something is missing or wrong. */
  mountFor(pod: Pod): boolean {
    const mounts = this.#mountsOf(pod);
    const missing = this.#missingObject(pod);
    if (missing === undefined && mounts.some((mounted) => waitsFor(mounted) !== undefined)) return false;
    const failure = missing ?? this.#mountAll(mounts);
    if (failure !== undefined) this.#events.record(pod, 'Warning', 'FailedMount', failure);
    return failure === undefined;
  }

  #mountsOf(pod: Pod): MountedVolume[] {
    const { claims, volumes, attachments } = this.#context.informers;
    return (pod.spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim }) => {
      if (persistentVolumeClaim === undefined) return [];
      const { claimName } = persistentVolumeClaim;
      const claim = claims.get(claimName, pod.metadata.namespace);
      const volume = claim?.spec.volumeName ? volumes.get(claim.spec.volumeName) : undefined;
      const attachment = volume && attachments.get(attachmentName(volume, pod.spec.nodeName ?? ''));
      return [
        {
          name,
          claimName,
          ...(claim === undefined ? {} : { claim }),
          ...(volume === undefined ? {} : { volume }),
          ...(attachment === undefined ? {} : { attachment }),
        },
      ];
    });
  }

  /** Formats what has no filesystem, as a node does, and says what cannot be mounted. */
  #mountAll(mounts: readonly MountedVolume[]): string | undefined {
    for (const { volume } of mounts) {
      const failure = volume !== undefined && isEbsVolume(volume) ? this.#mount(volume) : undefined;
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  #mount(volume: PersistentVolume): string | undefined {
    const content = this.#context.cloud.content(volume.spec.csi?.volumeHandle ?? '');
    const decision = decideMount(volume, content);
    if (decision.do === 'fail') return decision.message;
    if (decision.do === 'format') {
      content.filesystem = decision.filesystem;
      content.files = {};
    }
    return undefined;
  }

  #missingObject(pod: Pod): string | undefined {
    const { secrets, configMaps } = this.#context.informers;
    const { namespace } = pod.metadata;
    for (const volume of pod.spec.volumes ?? []) {
      const secret = volume['secret'] as { secretName?: string; optional?: boolean } | undefined;
      const config = volume['configMap'] as { name?: string; optional?: boolean } | undefined;
      const failed = `MountVolume.SetUp failed for volume "${volume.name}" :`;
      if (
        secret?.optional !== true &&
        secret?.secretName !== undefined &&
        secrets.get(secret.secretName, namespace) === undefined
      ) {
        return `${failed} secret "${secret.secretName}" not found`;
      }
      if (
        config?.optional !== true &&
        config?.name !== undefined &&
        configMaps.get(config.name, namespace) === undefined
      ) {
        return `${failed} configmap "${config.name}" not found`;
      }
    }
    return undefined;
  }
}
