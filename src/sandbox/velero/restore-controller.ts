import { setTimeout as sleep } from 'node:timers/promises';
import { type Controller, ControllerParts } from '../controllers/context.ts';
import { isAlreadyExists, isConflict, messageOf } from '../controllers/failures.ts';
import { draftOf, keyOf, nameOf, timestamp } from '../controllers/objects.ts';
import type { WorkQueue } from '../controllers/work-queue.ts';
import type { ServedResource } from '../controllers/resources.ts';
import { servedAs } from '../argocd/targets.ts';
import type { Informer } from '../controllers/informer.ts';
import type { ApiClient, Json, KubeObject } from '../types.ts';
import type { StoredBackup } from './bucket.ts';
import type { VeleroContext } from './context.ts';
import { isOldToken, itemsOf, newestOf, renewed, validateRestore } from './decide-restore.ts';
import {
  type Backup,
  BACKUPS,
  LOCATIONS,
  type Restore,
  RESTORES,
  type StorageLocation,
  VELERO_NAMESPACE,
} from './kinds.ts';
import { RestoredVolumes } from './restore-volumes.ts';

/** A restore that carries this annotation stays in that phase: as one whose plugin never answers. */
export const STALL_ANNOTATION = 'sandbox.drctl/stall';

/** Carries restores out, one after another as the real server does. */
export function restoreController(context: VeleroContext): Controller {
  const own = new ControllerParts(context, 'velero-server');
  const restores = context.informers.of<Restore>(RESTORES);
  const performer = new Restorer(context, own.client);
  const queue: WorkQueue = own.queue({
    failed: (_key, error) => (isConflict(error) ? 5 : undefined),
    work: async (key) => {
      const restore = restores.byKey(key);
      if (!context.runs() || restore === undefined) return;
      if (restore.status?.phase === undefined || restore.status.phase === 'New') await performer.carryOut(restore);
    },
  });
  return {
    begin: () => {
      restores.onChange(({ after }) => after && queue.add(keyOf(after)));
      own.every(context.periods.sync, () => {
        for (const restore of restores.list(VELERO_NAMESPACE)) queue.add(keyOf(restore));
      });
    },
    stop: () => own.stop(),
  };
}

interface Heard {
  readonly warnings: string[];
  readonly errors: string[];
}

class Restorer {
  readonly #context: VeleroContext;
  readonly #client: ApiClient;
  readonly #restores: Informer<Restore>;
  readonly #backups: Informer<Backup>;
  readonly #locations: Informer<StorageLocation>;

  constructor(context: VeleroContext, client: ApiClient) {
    this.#context = context;
    this.#client = client;
    this.#restores = context.informers.of<Restore>(RESTORES);
    this.#backups = context.informers.of<Backup>(BACKUPS);
    this.#locations = context.informers.of<StorageLocation>(LOCATIONS);
  }

  async carryOut(restore: Restore): Promise<void> {
    const { spec } = restore;
    const backup =
      (spec.scheduleName ?? '') === ''
        ? this.#backups.get(spec.backupName ?? '', VELERO_NAMESPACE)
        : newestOf(this.#backups.list(VELERO_NAMESPACE), spec.scheduleName ?? '');
    const location = this.#locations.get(backup?.spec.storageLocation ?? 'default', VELERO_NAMESPACE);
    const problems = validateRestore(restore, backup, location);
    const stored = this.#context.bucket.get(backup === undefined ? '' : nameOf(backup));
    if (problems.length > 0 || backup === undefined) {
      await this.#write(restore, { phase: 'FailedValidation', validationErrors: problems });
      return;
    }
    if (stored === undefined) {
      const failureReason = `backup ${nameOf(backup)} is not in object storage`;
      await this.#write(restore, { phase: 'Failed', failureReason });
      return;
    }
    await this.#perform(restore, stored);
  }

  async #perform(restore: Restore, stored: StoredBackup): Promise<void> {
    const items = itemsOf(stored, restore, (object) => servedAs(object, this.#context.served()));
    const totalItems = items.length;
    let current = await this.#write(restore, {
      phase: 'InProgress',
      startTimestamp: timestamp(this.#context.now()),
      progress: { totalItems, itemsRestored: 0 },
    });
    const results: Heard = { warnings: [], errors: [] };
    const volumes = new RestoredVolumes(this.#client, this.#context, stored);
    for (const { object, served } of items) await this.#restoreOne(object, served, restore, stored, volumes, results);
    const counts = { warnings: results.warnings.length, errors: results.errors.length };
    const stalled = restore.metadata.annotations?.[STALL_ANNOTATION] === 'true';
    const partly = results.errors.length > 0;
    current = await this.#write(current, {
      phase: partly ? 'WaitingForPluginOperationsPartiallyFailed' : 'WaitingForPluginOperations',
      progress: { totalItems, itemsRestored: totalItems },
      ...counts,
    });
    if (stalled) return;
    await sleep(this.#context.periods.phase);
    current = await this.#write(current, { phase: partly ? 'FinalizingPartiallyFailed' : 'Finalizing' });
    await sleep(this.#context.periods.phase);
    await this.#write(current, {
      phase: partly ? 'PartiallyFailed' : 'Completed',
      completionTimestamp: timestamp(this.#context.now()),
    });
  }

  async #restoreOne(
    object: KubeObject,
    served: ServedResource,
    restore: Restore,
    stored: StoredBackup,
    volumes: RestoredVolumes,
    results: Heard,
  ): Promise<void> {
    if (isOldToken(object)) return;
    const draft = renewed(object, restore, nameOf(stored.backup));
    try {
      await this.#ensureNamespace(draft.metadata.namespace);
      const wanted = await this.#written(draft, served, volumes);
      if (wanted) await this.#create(wanted, served, restore, results.warnings);
    } catch (error) {
      results.errors.push(`error restoring ${served.resource.resource}/${keyOf(draft)}: ${messageOf(error)}`);
    }
  }

  async #written(
    draft: KubeObject,
    { kind }: ServedResource,
    volumes: RestoredVolumes,
  ): Promise<KubeObject | undefined> {
    if (kind === 'PersistentVolume') return volumes.prepare(draft);
    return kind === 'PersistentVolumeClaim' ? volumes.claim(draft) : draft;
  }

  /** What is there already is skipped, with a warning; the update policy writes over it as well as it can. */
  async #create(
    object: KubeObject,
    { resource, kind }: ServedResource,
    { spec }: Restore,
    warnings: string[],
  ): Promise<void> {
    try {
      await this.#client.create(resource, object);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const { name = '', namespace } = object.metadata;
      if (kind === 'Namespace' || kind === 'ServiceAccount') return;
      if (spec.existingResourcePolicy !== 'update') {
        warnings.push(
          `could not restore, ${kind} "${name}" already exists. Warning: the in-cluster version is different than the backed-up version`,
        );
        return;
      }
      const patch = JSON.parse(JSON.stringify(object)) as Json;
      await this.#client
        .patch(resource, name, namespace, 'merge', patch)
        .catch((failure: unknown) => warnings.push(`could not update ${kind} "${name}": ${messageOf(failure)}`));
    }
  }

  async #ensureNamespace(namespace: string | undefined): Promise<void> {
    if (namespace === undefined || this.#context.informers.namespaces.get(namespace) !== undefined) return;
    try {
      await this.#client.create(
        { group: '', version: 'v1', resource: 'namespaces' },
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      );
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }

  async #write(restore: Restore, status: NonNullable<Restore['status']>): Promise<Restore> {
    const draft = draftOf(restore);
    draft.status = { ...draft.status, ...status };
    const updated = (await this.#client.update(RESTORES, draft)) as Restore;
    this.#restores.assume(updated);
    return updated;
  }
}
