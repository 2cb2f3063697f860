import type { KubeObject } from '../ports/read-world.ts';
import { fieldOf, listAt, textAt, textsAt } from './fields.ts';
import { bytesOf } from './quantity.ts';
import { EBS_DRIVER, IN_TREE_EBS, normaliseHandle } from './volume-handle.ts';

/** A PersistentVolume, as far as recovery looks at it. Nothing here is guessed: what the object does not say is absent. */
export interface PvFacts {
  readonly name: string;
  readonly uid: string;
  readonly phase: string;
  /** Since when, as the API says it: of a Released one, when its claim ended. */
  readonly phaseSince?: string;
  readonly policy: string;
  readonly driver?: string;
  /** Normalised, so that two objects over one volume compare equal. */
  readonly handle?: string;
  readonly zone?: string;
  readonly fsType?: string;
  readonly volumeMode?: string;
  /** `""`: no class. */
  readonly storageClass: string;
  readonly attributesClass?: string;
  readonly capacity?: string;
  readonly capacityBytes?: number;
  readonly accessModes: readonly string[];
  readonly claim?: ClaimRefFacts;
  readonly createdAt?: string;
  readonly terminating: boolean;
  readonly finalizers: readonly string[];
  /** What the annotation of that name says, where it is there. */
  readonly boundByController?: string;
}

export interface ClaimRefFacts {
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';
/** EBS writes the first since driver v1.33, the second before that; the last is the in-tree plug-in's (recovery-facts A4). */
const ZONE_KEYS = [
  'topology.kubernetes.io/zone',
  'topology.ebs.csi.aws.com/zone',
  'failure-domain.beta.kubernetes.io/zone',
];

export function pvFactsOf(pv: KubeObject): PvFacts {
  const capacity = textAt(pv, 'spec', 'capacity', 'storage');
  const optional = {
    ...sourceOf(pv),
    zone: zoneOf(pv),
    volumeMode: textAt(pv, 'spec', 'volumeMode'),
    attributesClass: textAt(pv, 'spec', 'volumeAttributesClassName'),
    capacity,
    capacityBytes: capacity === undefined ? undefined : bytesOf(capacity),
    claim: claimRefOf(pv),
    createdAt: pv.metadata.creationTimestamp,
    phaseSince: textAt(pv, 'status', 'lastPhaseTransitionTime'),
    boundByController: pv.metadata.annotations?.[BOUND_BY_CONTROLLER],
  };
  return {
    name: pv.metadata.name,
    uid: pv.metadata.uid ?? '',
    phase: textAt(pv, 'status', 'phase') ?? 'Pending',
    policy: textAt(pv, 'spec', 'persistentVolumeReclaimPolicy') ?? 'Retain',
    storageClass: textAt(pv, 'spec', 'storageClassName') ?? '',
    accessModes: textsAt(pv, 'spec', 'accessModes'),
    terminating: pv.metadata.deletionTimestamp !== undefined,
    finalizers: pv.metadata.finalizers ?? [],
    ...definedOf(optional),
  };
}

/** Drops the members that are undefined, so that facts survive JSON unchanged. */
export function definedOf<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function sourceOf(pv: KubeObject): { driver?: string; handle?: string; fsType?: string } {
  const driver = textAt(pv, 'spec', 'csi', 'driver');
  const handle = textAt(pv, 'spec', 'csi', 'volumeHandle');
  if (driver !== undefined && handle !== undefined) {
    const fsType = fileSystemOf(driver, textAt(pv, 'spec', 'csi', 'fsType'));
    return { driver, handle: normaliseHandle(driver, handle), ...(fsType !== undefined && { fsType }) };
  }
  const inTree = textAt(pv, 'spec', 'awsElasticBlockStore', 'volumeID');
  if (inTree === undefined) return {};
  const fsType = fileSystemOf(EBS_DRIVER, textAt(pv, 'spec', 'awsElasticBlockStore', 'fsType'));
  return {
    driver: IN_TREE_EBS,
    handle: normaliseHandle(IN_TREE_EBS, inTree),
    ...(fsType !== undefined && { fsType }),
  };
}

/** An EBS volume without fsType is ext4 on the node (recovery-facts A4). */
function fileSystemOf(driver: string, fsType: string | undefined): string | undefined {
  return fsType ?? (driver === EBS_DRIVER ? 'ext4' : undefined);
}

function zoneOf(pv: KubeObject): string | undefined {
  for (const term of listAt(pv, 'spec', 'nodeAffinity', 'required', 'nodeSelectorTerms')) {
    for (const expression of listAt(term, 'matchExpressions')) {
      const zones = textsAt(expression, 'values');
      if (ZONE_KEYS.includes(textAt(expression, 'key') ?? '') && zones.length === 1) return zones[0];
    }
  }
  const inTree = textAt(pv, 'spec', 'awsElasticBlockStore', 'volumeID');
  const zone = inTree === undefined ? undefined : /^aws:\/\/([^/]+)\//.exec(inTree)?.[1];
  return zone ?? pv.metadata.labels?.['topology.kubernetes.io/zone'];
}

function claimRefOf(pv: KubeObject): ClaimRefFacts | undefined {
  const namespace = textAt(fieldOf(pv, 'spec', 'claimRef'), 'namespace');
  const name = textAt(pv, 'spec', 'claimRef', 'name');
  if (namespace === undefined || name === undefined) return undefined;
  const uid = textAt(pv, 'spec', 'claimRef', 'uid');
  const resourceVersion = textAt(pv, 'spec', 'claimRef', 'resourceVersion');
  return {
    namespace,
    name,
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
  };
}
