import { Informers } from '../controllers/informers.ts';
import { isTerminating, timestamp } from '../controllers/objects.ts';
import type { ServedResource } from '../controllers/resources.ts';
import type { ApiClient, Running } from '../types.ts';
import { backupController, scheduledBackup } from './backup-controller.ts';
import type { Bucket } from './bucket.ts';
import { collect } from './collect.ts';
import { type Snapshotter, VELERO_PERIODS, type VeleroContext, type VeleroPeriods } from './context.ts';
import { LOCATION_LABEL, type Schedule, SCHEDULES, VELERO_NAMESPACE } from './kinds.ts';
import { restoreController } from './restore-controller.ts';

export { Bucket, type BucketState } from './bucket.ts';
export type { Snapshotter } from './context.ts';

export interface VeleroOptions {
  api: (name: string) => ApiClient;
  bucket: Bucket;
  snapshotter: Snapshotter;
  served: () => readonly ServedResource[];
  clock?: () => Date;
  periods?: Partial<VeleroPeriods>;
}

/**
 * Velero, as far as a disaster and its recovery see it: clients of the API that work while a pod of its server is ready in
 * namespace velero. Backups of files and data movement are not here; volumes are kept as snapshots.
 */
export async function startVelero(options: VeleroOptions): Promise<Running> {
  const abort = new AbortController();
  const informers = new Informers(options.api('velero-server'), abort.signal);
  void informers.pods;
  void informers.namespaces;
  const context: VeleroContext = {
    api: options.api,
    informers,
    now: options.clock ?? (() => new Date()),
    served: options.served,
    bucket: options.bucket,
    snapshotter: options.snapshotter,
    periods: { ...VELERO_PERIODS, ...options.periods },
    runs: () => serverRuns(informers),
  };
  const controllers = [backupController(context), restoreController(context)];
  await informers.ready();
  for (const controller of controllers) controller.begin();
  return {
    stop: async () => {
      await Promise.all(controllers.map((controller) => controller.stop()));
      abort.abort();
      await informers.stopped();
    },
  };
}

/** A backup of a schedule as if its hour had come at that time; for scenarios, whose past is shorter than a schedule's. */
export async function backUpAsOf(
  schedule: string,
  at: Date,
  options: Pick<VeleroOptions, 'api' | 'bucket' | 'snapshotter' | 'served'>,
): Promise<string> {
  const client = options.api('velero-server');
  const found = (await client.get(SCHEDULES, schedule, VELERO_NAMESPACE)) as Schedule;
  const backup = scheduledBackup(found, timestamp(at));
  backup.metadata.labels = { ...backup.metadata.labels, [LOCATION_LABEL]: backup.spec.storageLocation ?? 'default' };
  options.bucket.put(await collect(backup, client, options, at));
  return backup.metadata.name ?? '';
}

function serverRuns(informers: Informers): boolean {
  return informers.pods
    .list(VELERO_NAMESPACE)
    .some(
      (pod) =>
        pod.spec.containers.some(({ image = '' }) => /(^|\/)velero:/.test(image)) &&
        !isTerminating(pod) &&
        pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true,
    );
}
