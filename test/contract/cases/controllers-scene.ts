import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Answer, Body, Expected, Fields, PatchKind, Scope } from '../case.ts';
import { claim, volume } from './objects.ts';

/** The binder's resync is 15 s by default, and its controller manager writes 20 times a second for everybody. */
const patience = 60;

/** What controllers made of things, without what tells only when they did it. */
export function stateOf(body: Body): unknown {
  const { managedFields: _managed, resourceVersion: _revision, generation: _generation, ...metadata } = body.metadata;
  return { ...body, metadata };
}

/** Reads until it is so, and compares the state that it then has. */
export async function settles(api: Scope, path: string, body: unknown): Promise<Body> {
  const answer = await api.eventually(path, patience, { status: 200, body }, { unseen: true });
  api.observe(`settles ${path}`, stateOf(answer.body));
  return answer.body;
}

/** Gone, however long its controllers take. */
export function vanishes(api: Scope, path: string): Promise<Answer> {
  return api.eventually(path, patience, 404, { unseen: true });
}

/** For longer than any controller waits before it looks again. */
export async function stays(api: Scope, path: string, expected: Expected): Promise<void> {
  const seconds = api.target.name === 'real' ? 17 : 3;
  const { status, body } = await api.always(path, seconds, expected, { unseen: true });
  api.observe(`stays ${path}`, status === 200 ? stateOf(body) : status);
}

/** That a controller would act on if it wanted to, and that has had the time to. */
export const aWhile = (): Promise<unknown> => sleep(1_500);

/** Until an event about the object says so; its text is compared. */
export async function isTold(api: Scope, name: string, reason: string, message: string | RegExp): Promise<void> {
  const path = `${api.core}/events?fieldSelector=involvedObject.name=${name}`;
  const told = typeof message === 'string' ? message : (expect.stringMatching(message) as unknown);
  const items = expect.arrayContaining([expect.objectContaining({ reason, message: told })]) as unknown;
  const { body } = await api.eventually(path, patience, { status: 200, body: { items } }, { unseen: true });
  const event = body.items.find((each) => each['reason'] === reason && says(String(each['message']), message));
  api.observe(`event ${reason}`, { type: event?.['type'], message: event?.['message'] });
}

function says(text: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? text === wanted : wanted.test(text);
}

/** Volumes, claims and a class of one case; the class provisions nothing. Names are told by their base. */
export class Storage {
  readonly api: Scope;

  constructor(api: Scope) {
    this.api = api;
  }

  get className(): string {
    return this.api.own('class');
  }

  /** `WaitForFirstConsumer` or, where nothing is said, `Immediate`. */
  static async start(api: Scope, more: Fields = {}): Promise<Storage> {
    const scene = new Storage(api);
    await scene.makeClass('class', more);
    return scene;
  }

  async makeClass(base: string, more: Fields = {}): Promise<void> {
    const provisioner = 'contract.example.com/nobody';
    const metadata = { name: this.api.own(base) };
    const object = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata, provisioner, ...more };
    await this.api.post('/apis/storage.k8s.io/v1/storageclasses', object, 201, { unseen: true });
  }

  volumePath(base = 'pv'): string {
    return `/api/v1/persistentvolumes/${this.api.own(base)}`;
  }

  claimPath(name = 'data'): string {
    return `${this.api.core}/persistentvolumeclaims/${name}`;
  }

  /** Reserved for the claim of that name, as whoever rebinds leaves it: no uid. */
  reserved(name = 'data'): Fields {
    return { claimRef: { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace: this.api.namespace, name } };
  }

  async makeVolume(spec: Fields = {}, base = 'pv', metadata: Fields = {}): Promise<Body> {
    const made = volume(this.api.own(base), {
      storageClassName: this.className,
      persistentVolumeReclaimPolicy: 'Retain',
      // A driver that nobody plays: what provisions and attaches EBS volumes in the sandbox lets these be.
      csi: { driver: 'contract.example.com', volumeHandle: base },
      ...spec,
    });
    const object = { ...made, metadata: { ...(made['metadata'] as Fields), ...metadata } };
    return (await this.api.post('/api/v1/persistentvolumes', object, 201, { unseen: true })).body;
  }

  async makeClaim(spec: Fields = {}, name = 'data', metadata: Fields = {}): Promise<Body> {
    const made = claim(name, { storageClassName: this.className, ...spec });
    const object = { ...made, metadata: { name, ...metadata } };
    const path = `${this.api.core}/persistentvolumeclaims`;
    return (await this.api.post(path, object, 201, { unseen: true })).body;
  }

  volumeIs(phase: string, spec: Fields = {}, base = 'pv'): Promise<Body> {
    return settles(this.api, this.volumePath(base), { spec, status: { phase } });
  }

  claimIs(phase: string, spec: Fields = {}, name = 'data'): Promise<Body> {
    return settles(this.api, this.claimPath(name), { spec, status: { phase } });
  }

  /** The binder has looked at the claim and found nothing. */
  waitsForProvisioner(name = 'data'): Promise<Body> {
    const annotations = { 'volume.kubernetes.io/storage-provisioner': 'contract.example.com/nobody' };
    return settles(this.api, this.claimPath(name), { metadata: { annotations }, status: { phase: 'Pending' } });
  }

  /** Both sides name each other. */
  async areBound(name = 'data', base = 'pv'): Promise<void> {
    const { metadata } = await this.claimIs('Bound', { volumeName: this.api.own(base) }, name);
    await this.volumeIs('Bound', { claimRef: { name, uid: metadata.uid } }, base);
  }

  changeVolume(body: unknown, kind: PatchKind = 'merge', base = 'pv'): Promise<Answer> {
    return this.api.patch(kind, this.volumePath(base), body, 200, { unseen: true });
  }

  /** What drctl does first of all: the claim's name stays, its dead uid goes. */
  clearUid(base = 'pv'): Promise<Answer> {
    return this.changeVolume({ spec: { claimRef: { uid: null, resourceVersion: null } } }, 'merge', base);
  }

  changeClaim(body: unknown, kind: PatchKind = 'merge', name = 'data'): Promise<Answer> {
    return this.api.patch(kind, this.claimPath(name), body, 200, { unseen: true });
  }

  /** A volume whose claim was bound and is gone. */
  async released(spec: Fields = {}, base = 'pv', name = 'data'): Promise<void> {
    await this.makeVolume({ ...this.reserved(name), ...spec }, base);
    await this.makeClaim({}, name);
    await this.api.eventually(
      this.claimPath(name),
      patience,
      { status: 200, body: boundTo(this.api.own(base)) },
      quiet,
    );
    await this.api.delete(this.claimPath(name), 200, undefined, quiet);
    await this.api.eventually(this.claimPath(name), patience, 404, quiet);
    const wanted = { status: 200, body: { status: { phase: 'Released' } } };
    await this.api.eventually(this.volumePath(base), patience, wanted, quiet);
  }
}

const quiet = { unseen: true } as const;
const boundTo = (volumeName: string): unknown => ({ spec: { volumeName }, status: { phase: 'Bound' } });
