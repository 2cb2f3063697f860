import { isDrctlError } from '../model/errors.ts';
import type { CloudReader, CloudVolume, KubeObject, ReadWorld } from '../ports/read-world.ts';
import { claimFactsOf, type ClaimFacts } from './claim.ts';
import { listAt, textAt } from './fields.ts';
import { pvFactsOf, type PvFacts } from './persistent-volume.ts';
import { ec2VolumeIdOf } from './volume-handle.ts';

export interface SurveyScope {
  readonly endpoint: 'cluster' | 'argocd';
  /** Absent: the whole cluster. */
  readonly namespace?: string;
  /** Narrows to these claims of the namespace: what a step looks at again while it waits. */
  readonly claims?: readonly string[];
}

/** Everything that was read, once. Planners work on this alone. */
export interface Survey {
  /** PVs whose claimRef is in scope, and every other PV over one of their volumes. */
  readonly volumes: readonly PvFacts[];
  readonly claims: readonly ClaimFacts[];
  readonly attachments: readonly AttachmentFacts[];
  readonly nodes: readonly NodeFacts[];
  /** undefined: the target names no AWS endpoint, which is not the same as "no such volume". */
  readonly cloud?: CloudFacts;
}

export interface CloudFacts {
  readonly volumes: readonly CloudVolume[];
}

export interface AttachmentFacts {
  readonly name: string;
  readonly volume: string;
  readonly node: string;
  readonly attached: boolean;
}

export interface NodeFacts {
  readonly name: string;
  /** Ready and not cordoned: a pod could start there. */
  readonly usable: boolean;
  readonly ready: boolean;
  readonly zone?: string;
  /** EC2 instance id out of the providerID. */
  readonly instance?: string;
}

/** Tags that the EBS driver writes with `--extra-create-metadata` (EBS docs/tagging.md). */
export const OWNER_TAGS = {
  namespace: 'kubernetes.io/created-for/pvc/namespace',
  name: 'kubernetes.io/created-for/pvc/name',
  pv: 'kubernetes.io/created-for/pv/name',
} as const;

/** At most 200 values stand in one EC2 filter. */
const FILTER_VALUES = 200;

export async function survey(world: ReadWorld, scope: SurveyScope): Promise<Survey> {
  const kube = world.kube(scope.endpoint);
  const inNamespace = scope.namespace === undefined ? {} : { namespace: scope.namespace };
  const [pvs, claims, attachments, nodes] = await Promise.all([
    kube.facts('v1', 'PersistentVolume', {}, pvFactsOf),
    kube.facts('v1', 'PersistentVolumeClaim', inNamespace, claimFactsOf),
    kube.facts('storage.k8s.io/v1', 'VolumeAttachment', {}, attachmentFactsOf),
    kube.facts('v1', 'Node', {}, nodeFactsOf),
  ]);
  const wanted = scope.claims && new Set(scope.claims);
  const volumes = volumesInScope(pvs, scope);
  const cloud = await cloudFacts(world, volumes, scope);
  const names = new Set(volumes.map((volume) => volume.name));
  return {
    volumes,
    claims: claims.filter((claim) => wanted?.has(claim.name) ?? true),
    attachments: attachments.filter((attachment) => names.has(attachment.volume)),
    nodes,
    ...(cloud && { cloud }),
  };
}

/** Those of the scope and, since policies differ per object but volumes do not, all that share a volume with one (trap 10). */
export function volumesInScope(all: readonly PvFacts[], scope: Pick<SurveyScope, 'namespace' | 'claims'>): PvFacts[] {
  const wanted = scope.claims && new Set(scope.claims);
  const chosen = all.filter(
    ({ claim }) =>
      (scope.namespace === undefined || claim?.namespace === scope.namespace) &&
      (wanted === undefined || (claim !== undefined && wanted.has(claim.name))),
  );
  return withSharers(all, chosen);
}

export function withSharers(all: readonly PvFacts[], chosen: readonly PvFacts[]): PvFacts[] {
  const handles = new Set(chosen.flatMap(({ handle }) => handle ?? []));
  const names = new Set(chosen.map(({ name }) => name));
  return all.filter((pv) => names.has(pv.name) || (pv.handle !== undefined && handles.has(pv.handle)));
}

async function cloudFacts(world: ReadWorld, volumes: readonly PvFacts[], scope: SurveyScope) {
  const ids = [...new Set(volumes.flatMap(({ handle }) => ec2VolumeIdOf(handle) ?? []))];
  if (ids.length === 0 && scope.namespace === undefined) return undefined;
  try {
    return { volumes: await cloudVolumes(world.cloud, ids, scope) };
  } catch (error) {
    if (isDrctlError(error, 'NotConfigured')) return undefined;
    throw error;
  }
}

/**
 * By the claim that a volume was made for and, those that were not found so, by id (a filter: an id that is gone gives
 * fewer rows, not an error). Mostly the tags find them all, in a few pages of one request.
 */
async function cloudVolumes(cloud: CloudReader, ids: readonly string[], scope: SurveyScope): Promise<CloudVolume[]> {
  const found = new Map<string, CloudVolume>();
  const read = async (reads: readonly Promise<readonly CloudVolume[]>[]): Promise<void> => {
    for (const volume of (await Promise.all(reads)).flat()) found.set(volume.id, volume);
  };
  if (scope.namespace !== undefined) await read(tagReads(cloud, scope.namespace, scope.claims));
  const others = ids.filter((id) => !found.has(id));
  await read(chunksOf(others).map((chunk) => cloud.volumes({ filters: { 'volume-id': chunk } })));
  return [...found.values()].toSorted((a, b) => a.id.localeCompare(b.id));
}

function tagReads(cloud: CloudReader, namespace: string, claims: readonly string[] | undefined) {
  const tags = { [OWNER_TAGS.namespace]: [namespace] };
  if (claims === undefined) return [cloud.volumes({ tags })];
  return chunksOf(claims).map((chunk) => cloud.volumes({ tags: { ...tags, [OWNER_TAGS.name]: chunk } }));
}

function chunksOf(values: readonly string[]): string[][] {
  const chunks: string[][] = [];
  for (let start = 0; start < values.length; start += FILTER_VALUES)
    chunks.push(values.slice(start, start + FILTER_VALUES));
  return chunks;
}

function attachmentFactsOf(attachment: KubeObject): AttachmentFacts {
  return {
    name: attachment.metadata.name,
    volume: textAt(attachment, 'spec', 'source', 'persistentVolumeName') ?? '',
    node: textAt(attachment, 'spec', 'nodeName') ?? '',
    attached: (attachment['status'] as { attached?: boolean } | undefined)?.attached === true,
  };
}

function nodeFactsOf(node: KubeObject): NodeFacts {
  const ready = listAt(node, 'status', 'conditions').some(
    (condition) => textAt(condition, 'type') === 'Ready' && textAt(condition, 'status') === 'True',
  );
  const cordoned = (node['spec'] as { unschedulable?: boolean } | undefined)?.unschedulable === true;
  const zone = node.metadata.labels?.['topology.kubernetes.io/zone'];
  const instance = /\/(i-[0-9a-zA-Z]+)$/.exec(textAt(node, 'spec', 'providerID') ?? '')?.[1];
  return {
    name: node.metadata.name,
    ready,
    usable: ready && !cordoned,
    ...(zone !== undefined && { zone }),
    ...(instance !== undefined && { instance }),
  };
}
