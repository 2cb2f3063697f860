import type { KubeObject } from '../ports/read-world.ts';
import { textAt, textsAt } from './fields.ts';
import { definedOf } from './persistent-volume.ts';
import { bytesOf } from './quantity.ts';

/** A live PersistentVolumeClaim, as far as recovery looks at it. */
export interface ClaimFacts {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly phase: string;
  readonly volumeName?: string;
  /** Absent: the claim names no class (a default may yet be filled in); `""`: explicitly none. */
  readonly storageClass?: string;
  readonly volumeMode?: string;
  readonly accessModes: readonly string[];
  readonly requestBytes?: number;
  readonly createdAt?: string;
  /** What it is to be filled from, where it is not to be empty: `VolumeSnapshot data-1`. */
  readonly dataSource?: string;
  readonly terminating: boolean;
  readonly finalizers: readonly string[];
  readonly annotations: Readonly<Record<string, string>>;
}

export function claimFactsOf(claim: KubeObject): ClaimFacts {
  const request = textAt(claim, 'spec', 'resources', 'requests', 'storage');
  const spec = claim['spec'] as { storageClassName?: string } | undefined;
  return {
    namespace: claim.metadata.namespace ?? '',
    name: claim.metadata.name,
    uid: claim.metadata.uid ?? '',
    phase: textAt(claim, 'status', 'phase') ?? 'Pending',
    accessModes: textsAt(claim, 'spec', 'accessModes'),
    terminating: claim.metadata.deletionTimestamp !== undefined,
    finalizers: claim.metadata.finalizers ?? [],
    annotations: claim.metadata.annotations ?? {},
    ...definedOf({
      volumeName: textAt(claim, 'spec', 'volumeName'),
      storageClass: spec?.storageClassName,
      volumeMode: textAt(claim, 'spec', 'volumeMode'),
      requestBytes: request === undefined ? undefined : bytesOf(request),
      createdAt: claim.metadata.creationTimestamp,
      dataSource: sourceOf(claim, 'dataSourceRef') ?? sourceOf(claim, 'dataSource'),
    }),
  };
}

function sourceOf(claim: KubeObject, field: 'dataSource' | 'dataSourceRef'): string | undefined {
  const name = textAt(claim, 'spec', field, 'name');
  return name === undefined ? undefined : `${textAt(claim, 'spec', field, 'kind') ?? ''} ${name}`;
}
