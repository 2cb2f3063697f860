import type { VolumeContent } from '../../types.ts';
import type {
  Condition,
  ContainerStatus,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  VolumeAttachment,
} from '../kinds.ts';
import { isTerminating, withCondition } from '../objects.ts';
import { isEbsVolume } from '../storage/ebs.ts';

/** Pods of these images are run by the sandbox's workloads, which say when they are ready; all others are ready at once. */
export const WORKLOAD_IMAGE_PREFIX = 'sandbox/';

function isRunByWorkload(pod: Pod): boolean {
  return pod.spec.containers.some(({ image }) => image?.startsWith(WORKLOAD_IMAGE_PREFIX) ?? false);
}

export interface MountedVolume {
  name: string;
  claimName: string;
  claim?: PersistentVolumeClaim;
  volume?: PersistentVolume;
  attachment?: VolumeAttachment;
}

/** Why a pod's volume is not there yet; undefined when it can be mounted. */
export function waitsFor({ claimName, claim, volume, attachment }: MountedVolume): string | undefined {
  if (claim === undefined) return `persistentvolumeclaim "${claimName}" not found`;
  if (claim.status?.phase !== 'Bound') return `PVC ${claimName} is not bound`;
  if (volume === undefined) return `persistentvolume "${claim.spec.volumeName ?? ''}" not found`;
  if (isEbsVolume(volume) && !isAttached(attachment)) return `volume ${volume.metadata.name ?? ''} is not attached`;
  return undefined;
}

function isAttached(attachment: VolumeAttachment | undefined): boolean {
  return attachment?.status?.attached === true && !isTerminating(attachment);
}

type MountDecision = { do: 'mount' } | { do: 'format'; filesystem: string } | { do: 'fail'; message: string };

/**
 * What the node does with a disk of volumeMode Filesystem: with no signature on it, it runs mkfs with force, so raw data that
 * carries none is destroyed; with another filesystem on it, the mount fails and nothing is formatted. A Block volume is never
 * formatted. [mount-utils formatAndMountSensitive; aws-ebs-csi-driver NodeStageVolume]
 */
export function decideMount(volume: PersistentVolume, content: VolumeContent): MountDecision {
  if (volume.spec.volumeMode === 'Block' || volume.spec.csi === undefined) return { do: 'mount' };
  // An empty fsType means ext4 on the node.
  const wanted = (volume.spec.csi as { fsType?: string }).fsType || 'ext4';
  if (content.filesystem === undefined) return { do: 'format', filesystem: wanted };
  if (content.filesystem === wanted) return { do: 'mount' };
  return {
    do: 'fail',
    message:
      `MountVolume.MountDevice failed for volume "${volume.metadata.name ?? ''}" : rpc error: code = Internal desc = could not format ` +
      `"${volume.spec.csi.volumeHandle}" and mount it: wrong fs type, bad option, bad superblock (found ${content.filesystem}, asked for ${wanted})`,
  };
}

/** The status of a pod whose volumes are mounted. A workload's pod runs, but is not ready until the workload says so. */
export function runningStatus(pod: Pod, ip: string, at: string): NonNullable<Pod['status']> {
  const ready = !isRunByWorkload(pod);
  const truth = ready ? { status: 'True' } : notReady(pod);
  const conditions = (['Initialized', 'ContainersReady', 'Ready'] as const).reduce<Condition[]>(
    (all, type) =>
      withCondition(all, {
        type,
        ...(type === 'Initialized' ? { status: 'True' } : truth),
        lastProbeTime: null,
        lastTransitionTime: at,
      }),
    pod.status?.conditions ?? [],
  );
  return {
    ...pod.status,
    phase: 'Running',
    conditions,
    hostIP: '127.0.0.1',
    hostIPs: [{ ip: '127.0.0.1' }],
    podIP: ip,
    podIPs: [{ ip }],
    startTime: at,
    containerStatuses: pod.spec.containers.map((container) => containerStatus(pod, container, ready, at)),
  };
}

/** While its volumes are not there, a pod shows as ContainerCreating. */
export function waitingStatus(pod: Pod): NonNullable<Pod['status']> {
  const containerStatuses = pod.spec.containers.map(({ name, image = '' }) => ({
    name,
    image,
    imageID: '',
    ready: false,
    restartCount: 0,
    started: false,
    state: { waiting: { reason: 'ContainerCreating' } },
    lastState: {},
  }));
  return { ...pod.status, phase: 'Pending', containerStatuses };
}

function notReady(pod: Pod): { status: string; reason: string; message: string } {
  const names = pod.spec.containers.map(({ name }) => name).join(' ');
  return { status: 'False', reason: 'ContainersNotReady', message: `containers with unready status: [${names}]` };
}

function containerStatus(
  pod: Pod,
  { name, image = '' }: { name: string; image?: string },
  ready: boolean,
  at: string,
): ContainerStatus {
  return {
    name,
    image,
    imageID: `sandbox://${image}`,
    containerID: `sandbox://${pod.metadata.uid ?? ''}/${name}`,
    ready,
    started: true,
    restartCount: 0,
    state: { running: { startedAt: at } },
    lastState: {},
  };
}
