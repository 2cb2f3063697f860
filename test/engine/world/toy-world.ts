import { DrctlError } from '../../../src/model/errors.ts';
import type { Json, JsonObject } from '../../../src/model/json.ts';
import type { Identity } from '../../../src/model/target.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Door, Grant, Outlet, SendError, SendFailure } from '../../../src/ports/door.ts';
import type { HttpRequest, KubeObject, KubeReader, KubeWrite, ReadWorld } from '../../../src/ports/read-world.ts';

export const TOY = 'toy/v1';

/** What a test may make of one request, before it has any effect or after it. */
export type Fault = (request: string, grant: Grant) => undefined | 'before' | 'after' | SendError;

export class ToySendError extends Error implements SendError {
  readonly sendFailure: SendFailure;
  readonly trouble: SendError['trouble'];
  readonly reason: string;
  readonly retryAfter?: number;

  constructor(trouble: SendError['trouble'], sendFailure: SendFailure = 'not-performed', retryAfter?: number) {
    super(trouble);
    this.trouble = trouble;
    this.sendFailure = sendFailure;
    this.reason = trouble;
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
  }
}

export const IDENTITY: Identity = {
  cluster: { kubeSystemUid: 'uid-1', caDigest: 'ca', server: 'https://toy' },
};

/** Boxes with fields, and letters that were sent. All of it is data, so that it can be copied and compared. */
export class ToyWorld {
  readonly boxes = new Map<string, { uid: string; fields: JsonObject; since: number }>();
  readonly letters: string[] = [];
  /** Every request that had its effect, in order: the audit log. */
  readonly audit: { readonly changeId: string; readonly request: string; readonly epoch: number }[] = [];
  readonly clock: Clock;
  identity: Identity = IDENTITY;
  caller: { kubernetes?: string } = { kubernetes: 'alice' };
  /** Throws what every read should throw. */
  readFault: (() => void) | undefined;
  fault: Fault = () => undefined;
  /** The Lease in kube-system, while there is one. */
  lease: KubeObject | undefined;
  /** What a test makes of a write of the Lease. */
  leaseFault: () => undefined | 'before' | 'after' | SendError = () => undefined;
  /** How often it was written. */
  leaseWrites = 0;
  /** Whether the caller may have Leases at all. */
  leases = true;
  /** Milliseconds after a write until a box is ready. */
  readyAfter = 0;
  reads = 0;
  #uids = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  copy(clock: Clock = this.clock): ToyWorld {
    const copy = new ToyWorld(clock);
    for (const [name, box] of this.boxes) copy.boxes.set(name, structuredClone(box));
    copy.letters.push(...this.letters);
    copy.audit.push(...this.audit);
    copy.readyAfter = this.readyAfter;
    copy.lease = structuredClone(this.lease);
    copy.#uids = this.#uids;
    return copy;
  }

  set(name: string, fields: JsonObject): void {
    const box = this.boxes.get(name);
    this.#uids += 1;
    this.boxes.set(name, {
      uid: box?.uid ?? `box-${this.#uids}`,
      fields: { ...box?.fields, ...fields },
      since: this.clock.monotonic(),
    });
  }

  /** All that can be compared after a run. */
  state(): Json {
    return {
      boxes: Object.fromEntries([...this.boxes].map(([name, { fields }]) => [name, fields])),
      letters: this.letters.toSorted(),
    };
  }

  reader(): ReadWorld {
    const none = (): Promise<never> =>
      Promise.reject(new DrctlError('NotConfigured', 'user', 'the toy world has no cloud'));
    return {
      clock: this.clock,
      kube: () => this.#kube(),
      cloud: { volumes: none, snapshots: none, instances: none, permitted: none },
      http: () => Promise.resolve({ status: 200, headers: {}, body: JSON.stringify(this.letters) }),
      files: () => Promise.resolve([]),
      identity: async () => {
        this.readFault?.();
        return this.identity;
      },
      caller: () => Promise.resolve(this.caller),
    };
  }

  #kube(): KubeReader {
    const objects = (): KubeObject[] => {
      this.reads += 1;
      this.readFault?.();
      return [...this.boxes].map(([name, box]) => ({
        apiVersion: TOY,
        kind: 'Box',
        metadata: { name, uid: box.uid },
        spec: box.fields,
        status: { ready: this.clock.monotonic() - box.since >= this.readyAfter },
      }));
    };
    return {
      get: async ({ kind, name }) =>
        kind === 'Lease' ? structuredClone(this.lease) : objects().find((one) => one.metadata.name === name),
      list: async () => objects(),
      facts: async (_version, _kind, _options, factsOf) => objects().map(factsOf),
      resource: async () => undefined,
      access: async ({ kind }) => ({ allowed: kind !== 'Lease' || this.leases, reason: '' }),
      dryRun: async () => ({ refused: 'not here', status: 501 }),
    };
  }

  door(): Door {
    return { endpoints: ['cluster', 'http'], open: (grant) => this.#outlet(grant) };
  }

  #outlet(grant: Grant): Outlet {
    const send = async (request: string, effect: () => void): Promise<void> => {
      await grant.check();
      const fault = this.fault(request, grant);
      if (fault instanceof Error) throw fault;
      if (fault === 'before') throw new ToySendError('unreachable', 'unknown');
      effect();
      this.audit.push({ changeId: grant.changeId, request, epoch: grant.epoch });
      if (fault === 'after') throw new ToySendError('unreachable', 'unknown');
    };
    return {
      kube: async (_endpoint, write) => {
        if (grant.only === 'lease') return this.#writeLease(write, grant);
        await send(requestOf(write), () => this.#write(write));
        return { apiVersion: TOY, kind: 'Box', metadata: { name: nameOf(write) } };
      },
      http: async (request: HttpRequest) => {
        await send(`letter ${request.body ?? ''}`, () => this.letters.push(request.body ?? ''));
        return { status: 200, headers: {}, body: '' };
      },
      exec: () => Promise.reject(new Error('no pods')),
      cloud: () => Promise.reject(new Error('no cloud')),
      command: () => Promise.resolve({ exitCode: 0, timedOut: false, stdout: '', stderr: '' }),
    };
  }

  /** As an API server does: made once, and patched only as it was read. */
  async #writeLease(write: KubeWrite, grant: Grant): Promise<KubeObject> {
    await grant.check();
    const fault = this.leaseFault();
    if (fault instanceof Error) throw fault;
    if (fault === 'before') throw new ToySendError('unreachable', 'unknown');
    if (!this.leases) throw new ToySendError('forbidden');
    const after = leaseAfter(this.lease, write);
    this.lease = after;
    this.leaseWrites += 1;
    if (fault === 'after') throw new ToySendError('unreachable', 'unknown');
    return structuredClone(after);
  }

  #write(write: KubeWrite): void {
    if (write.verb === 'delete') this.boxes.delete(write.target.name);
    if (write.verb === 'patch') this.set(write.target.name, write.patch as JsonObject);
  }
}

function nameOf(write: KubeWrite): string {
  return 'target' in write ? write.target.name : write.object.metadata.name;
}

function requestOf(write: KubeWrite): string {
  const patch = write.verb === 'patch' ? ` ${JSON.stringify(write.patch)}` : '';
  return `${write.verb} ${nameOf(write)}${patch}`;
}

function leaseAfter(before: KubeObject | undefined, write: KubeWrite): KubeObject {
  if (write.verb === 'create') {
    if (before) throw new ToySendError('conflict');
    const metadata = { ...write.object.metadata, uid: 'lease-1', resourceVersion: '1' };
    return structuredClone({ ...write.object, metadata });
  }
  if (write.verb !== 'patch') throw new Error('the Lease is made or patched');
  if (!before) throw new ToySendError('not-found');
  const { metadata, spec } = write.patch as { metadata: KubeObject['metadata']; spec: JsonObject };
  const { uid, resourceVersion = '0' } = before.metadata;
  if (metadata.uid !== uid) throw new ToySendError('invalid');
  if (metadata.resourceVersion !== resourceVersion) throw new ToySendError('conflict');
  return structuredClone({
    ...before,
    metadata: {
      ...before.metadata,
      resourceVersion: String(Number(resourceVersion) + 1),
      annotations: withoutNulls({ ...before.metadata.annotations, ...metadata.annotations }),
    },
    spec: withoutNulls({ ...(before['spec'] as JsonObject), ...spec }),
  });
}

function withoutNulls<T>(fields: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
