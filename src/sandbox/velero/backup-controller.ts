import { Cron } from 'croner';
import { type Controller, ControllerParts } from '../controllers/context.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../controllers/failures.ts';
import { draftOf, keyOf, nameOf, timestamp } from '../controllers/objects.ts';
import type { Informer } from '../controllers/informer.ts';
import type { ApiClient } from '../types.ts';
import type { WorkQueue } from '../controllers/work-queue.ts';
import { collect } from './collect.ts';
import type { VeleroContext } from './context.ts';
import {
  type Backup,
  BACKUPS,
  LOCATION_LABEL,
  LOCATIONS,
  type Schedule,
  SCHEDULE_LABEL,
  SCHEDULES,
  type StorageLocation,
  VELERO_NAMESPACE,
} from './kinds.ts';

/** Takes the backups that are asked for, makes those of the bucket known, and asks for those that are due. */
export function backupController(context: VeleroContext): Controller {
  const own = new ControllerParts(context, 'velero-server');
  const backups = context.informers.of<Backup>(BACKUPS);
  const keeper = new BackupKeeper(context, own.client);
  const queue: WorkQueue = own.queue({
    failed: (_key, error) => (isConflict(error) ? 5 : 200),
    work: async (key) => {
      const backup = backups.byKey(key);
      if (!context.runs() || backup === undefined) return;
      if (backup.status?.phase === undefined || backup.status.phase === 'New') await keeper.take(backup);
    },
  });
  const periodic: WorkQueue = own.queue({
    failed: () => undefined,
    work: async () => {
      await keeper.sync();
      await keeper.expire();
      await keeper.schedule();
    },
  });
  return {
    begin: () => {
      backups.onChange(({ after }) => after && queue.add(keyOf(after)));
      own.every(context.periods.sync, () => {
        if (!context.runs()) return;
        for (const backup of backups.list(VELERO_NAMESPACE)) queue.add(keyOf(backup));
        periodic.add('all');
      });
    },
    stop: () => own.stop(),
  };
}

class BackupKeeper {
  readonly #context: VeleroContext;
  readonly #client: ApiClient;
  readonly #backups: Informer<Backup>;
  readonly #schedules: Informer<Schedule>;
  readonly #locations: Informer<StorageLocation>;

  constructor(context: VeleroContext, client: ApiClient) {
    this.#context = context;
    this.#client = client;
    this.#backups = context.informers.of<Backup>(BACKUPS);
    this.#schedules = context.informers.of<Schedule>(SCHEDULES);
    this.#locations = context.informers.of<StorageLocation>(LOCATIONS);
  }

  async take(backup: Backup): Promise<void> {
    const problems = this.#problemsOf(backup);
    if (problems.length > 0) {
      await this.#write(backup, { phase: 'FailedValidation', validationErrors: problems });
      return;
    }
    const now = this.#context.now();
    const begun = await this.#write(backup, { phase: 'InProgress', startTimestamp: timestamp(now) });
    const stored = await collect(begun, this.#client, this.#context, now);
    this.#context.bucket.put(stored);
    await this.#write(begun, stored.backup.status ?? {});
  }

  #problemsOf({ spec }: Backup): string[] {
    const name = spec.storageLocation ?? 'default';
    const location = this.#locations.get(name, VELERO_NAMESPACE);
    if (location === undefined) return [`backup storage location '${name}' not found`];
    if (location.spec.accessMode === 'ReadOnly')
      return [`backup can't be created because backup storage location ${name} is currently in read-only mode`];
    return [];
  }

  async #write(backup: Backup, status: NonNullable<Backup['status']>): Promise<Backup> {
    const draft = draftOf(backup);
    draft.status = { ...draft.status, ...status };
    draft.metadata.labels = {
      ...draft.metadata.labels,
      [LOCATION_LABEL]: backup.spec.storageLocation ?? 'default',
    };
    const written = (await this.#client.update(BACKUPS, draft)) as Backup;
    this.#backups.assume(written);
    return written;
  }

  /** Object storage is the truth: what is in it is known in the cluster, also in a new one. */
  async sync(): Promise<void> {
    for (const location of this.#locations.list(VELERO_NAMESPACE)) await this.#available(location);
    if (this.#locations.list(VELERO_NAMESPACE).length === 0) return;
    for (const { backup } of this.#context.bucket.all()) {
      if (this.#backups.get(nameOf(backup), VELERO_NAMESPACE)) continue;
      const { name = '', labels, annotations } = backup.metadata;
      await ignoring(isAlreadyExists, () =>
        this.#client.create(BACKUPS, {
          ...backup,
          metadata: {
            name,
            namespace: VELERO_NAMESPACE,
            ...(labels && { labels }),
            ...(annotations && { annotations }),
          },
        }),
      );
    }
  }

  async #available(location: StorageLocation): Promise<void> {
    if (location.status?.phase === 'Available') return;
    const draft = draftOf(location);
    draft.status = { ...draft.status, phase: 'Available', lastValidationTime: timestamp(this.#context.now()) };
    await ignoring(isConflict, () => this.#client.update(LOCATIONS, draft));
  }

  /** What is past its time goes, unless its location may only be read. */
  async expire(): Promise<void> {
    for (const backup of this.#backups.list(VELERO_NAMESPACE)) {
      const expiration = Date.parse(backup.status?.expiration ?? '');
      const location = this.#locations.get(backup.spec.storageLocation ?? 'default', VELERO_NAMESPACE);
      if (Number.isNaN(expiration) || expiration > this.#context.now().getTime()) continue;
      if (location === undefined || location.spec.accessMode === 'ReadOnly') continue;
      this.#context.bucket.remove(nameOf(backup));
      await ignoring(isNotFound, () => this.#client.delete(BACKUPS, nameOf(backup), VELERO_NAMESPACE));
    }
  }

  async schedule(): Promise<void> {
    for (const one of this.#schedules.list(VELERO_NAMESPACE)) {
      if (one.spec.paused === true || !isDue(one, this.#context.now())) continue;
      const now = timestamp(this.#context.now());
      const draft = draftOf(one);
      draft.status = { ...draft.status, phase: 'Enabled', lastBackup: now };
      await this.#client.update(SCHEDULES, draft);
      await ignoring(isAlreadyExists, () => this.#client.create(BACKUPS, scheduledBackup(one, now)));
    }
  }
}

/** The first is due at the first full period after it was made. */
function isDue({ spec, status, metadata }: Schedule, now: Date): boolean {
  const last = new Date(status?.lastBackup ?? metadata.creationTimestamp ?? now);
  const next = new Cron(spec.schedule, { timezone: 'UTC' }).nextRun(last);
  return next !== null && next <= now;
}

/** As a schedule names and labels what it asks for. */
export function scheduledBackup({ metadata, spec }: Pick<Schedule, 'metadata' | 'spec'>, at: string): Backup {
  return {
    apiVersion: 'velero.io/v1',
    kind: 'Backup',
    metadata: {
      name: `${metadata.name ?? ''}-${at.replaceAll(/[-:TZ]/g, '').slice(0, 14)}`,
      namespace: VELERO_NAMESPACE,
      labels: { [SCHEDULE_LABEL]: metadata.name ?? '' },
    },
    spec: spec.template,
  };
}

async function ignoring(expected: (error: unknown) => boolean, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!expected(error)) throw error;
  }
}
