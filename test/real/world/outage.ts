import { z } from 'zod';
import type { Broken } from '../../../src/drill/break.ts';
import { type Application, APPLICATIONS } from '../../../src/sandbox/argocd/kinds.ts';
import { RESOURCES } from '../../../src/sandbox/controllers/resources.ts';
import type { ApiClient } from '../../../src/sandbox/types.ts';
import type { ClusterAccess } from '../../cluster/access.ts';
import type { Ended } from '../../e2e/program.ts';
import type { Person } from './person.ts';
import { parametersOf } from './place.ts';
import { resourceOf, until, volumesOf } from './playground.ts';
import { settingsOf, ShippedPlace } from './shipped.ts';

/** A shipped scenario after the damage has settled, and somebody who may recover from it. */
export interface Outage {
  readonly place: ShippedPlace;
  readonly broken: Broken;
  readonly operator: Person;
  /** What `run` and `plan` are given. */
  readonly given: readonly string[];
  /** The volumes that were made since, each with its claim. */
  readonly hasty: readonly string[];
  /** Volumes that the disaster itself destroyed. */
  readonly lost: readonly string[];
  /** What a person had set on Argo CD when the recovery began. */
  readonly settings: unknown;
  close(): Promise<void>;
}

export async function breakShipped(cluster: ClusterAccess, name: string): Promise<Outage> {
  const place = await ShippedPlace.open(cluster, name);
  const broken = await place.break();
  const operator = await place.hire(broken);
  const { real, scenario } = place;
  const now = await real.playground.state(real.namespace);
  return {
    place,
    broken,
    operator,
    given: [scenario.runbook, '--target', operator.name, '--json', ...parametersOf(broken)],
    hasty: now.map(({ volumeId = '' }) => volumeId),
    lost: [...real.csi.cloud.deleted],
    settings: await settingsOf(real.csi.api),
    close: async () => {
      await operator.remove();
      await place.close();
    },
  };
}

const document = z.looseObject({
  outcome: z.string(),
  leftovers: z.unknown(),
  steps: z.array(z.looseObject({ id: z.string(), state: z.string() })),
});

/** All that must be the same however the recovery went: ids of volumes are told by their claims. */
export async function endOf({ place, broken, hasty, lost, settings }: Outage, ended: Ended) {
  const { api, cloud } = place.real.csi;
  await until('Argo CD settled after the thaw', () => isSettled(api));
  const { namespace, playground } = place.real;
  const { outcome, leftovers, steps } = document.parse(ended.json());
  const named = JSON.stringify(leftovers);
  const there = await Promise.all(hasty.map((id) => cloud.describe(id)));
  const volumes = await volumesOf(api, namespace);
  const old = broken.before.map(({ volumeId }) => volumeId);
  const whose = (id: string): string => (old.includes(id) ? 'old' : hasty.includes(id) ? 'hasty' : 'restored');
  const snapshots = await cloud.snapshotsOf(volumes.map(({ handle }) => handle));
  return {
    outcome,
    // lanes end in any order; which of two steps kept a restored volume, one that was resumed or the one that was due, is no difference
    steps: steps.map(({ id, state }) => `${id} ${state === 'satisfied' ? 'done' : state}`).toSorted(),
    differences: playground.differences(broken.before, await playground.state(namespace), place.scenario.restored),
    deleted: cloud.deleted.filter((id) => !lost.includes(id)),
    hasty: {
      were: hasty.length,
      are: there.filter(Boolean).length,
      named: hasty.filter((id) => named.includes(id)).length,
    },
    volumes: volumes
      .map(
        ({ claim, policy, phase, handle }) =>
          `${claim} ${whose(handle)} ${policy} ${phase}, ${snapshots[handle] ?? 0} snapshots`,
      )
      .toSorted(),
    objects: await objectsOf(place),
    argocd: { before: settings, after: await settingsOf(api) },
  };
}

/** What a recovery changed for a while (a number of pods) it takes back, where the repository says otherwise. */
async function isSettled(api: ApiClient): Promise<boolean> {
  const { items } = await api.list(APPLICATIONS);
  return (items as Application[]).every(
    ({ operation, status }) => operation === undefined && status?.sync?.status === 'Synced',
  );
}

async function objectsOf({ real: { csi, namespace } }: ShippedPlace): Promise<string[]> {
  const kinds = ['ServiceAccount', 'ConfigMap', 'Service', 'StatefulSet', 'Deployment', 'PersistentVolumeClaim'];
  const lists = kinds.map(async (kind) => {
    const { items } = await csi.api.list(resourceOf(kind), { namespace });
    return items.map(({ metadata, ...rest }) => {
      const { replicas } = (rest['spec'] ?? {}) as { replicas?: number };
      return `${kind} ${metadata.name ?? ''} ${replicas ?? ''}`.trim();
    });
  });
  const { items: pods } = await csi.api.list(RESOURCES.pods, { namespace });
  return [...(await Promise.all(lists)).flat(), `${pods.length} pods`];
}
