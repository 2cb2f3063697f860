import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Change } from '../../src/model/change.ts';
import type { Json } from '../../src/model/json.ts';
import type { CloudVolume, KubeObject, KubeWrite, ReadWorld } from '../../src/ports/read-world.ts';
import { createSnapshot, snapshotStateOf } from '../../src/sandbox/ec2/snapshots.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { systemClock } from '../../src/world/clock.ts';
import { openKube } from '../../src/world/kube/open.ts';
import { Limiter } from '../../src/world/limiter.ts';
import { readTransport, writeTransport } from '../../src/world/transport.ts';

export interface TestWorld {
  readonly world: ReadWorld;
  perform(change: Change): Promise<{ done: Json } | { refused: string }>;
  verbsOf(change: Change): readonly string[];
  close(): Promise<void>;
}

export function openTestWorld(sandbox: Sandbox, dir: string): TestWorld {
  const limiter = new Limiter();
  const kube = openKube({ kubeconfig: join(dir, 'kubeconfig'), context: 'sandbox' }, readTransport(limiter), {
    userAgent: 'drctl/test laws',
    clock: systemClock,
  });
  const send = (write: KubeWrite) =>
    kube.write(
      write,
      writeTransport(
        limiter,
        {
          run: 'r',
          step: 's',
          changeId: 'c',
          epoch: 1,
          beganAt: systemClock.monotonic(),
          check: () => Promise.resolve(),
          signal: new AbortController().signal,
        },
        systemClock,
      ),
      'drctl/test laws',
    );
  const refuse = (): never => {
    throw new Error('not here');
  };
  const world: ReadWorld = {
    kube: () => kube.reader,
    cloud: {
      volumes: ({ filters, tags }) =>
        Promise.resolve(
          Object.values(sandbox.cloud.dump().volumes)
            .filter(
              (v) =>
                (filters?.['volume-id']?.includes(v.id) ?? true) &&
                Object.entries(tags ?? {}).every(([k, vs]) => vs.includes(v.tags[k] ?? '')),
            )
            .map((v): CloudVolume => ({
              id: v.id,
              state: v.attachment ? 'in-use' : 'available',
              sizeGiB: v.sizeGiB,
              zone: v.zone,
              createTime: new Date(v.createdAt).toISOString(),
              tags: v.tags,
              attachments: v.attachment ? [{ instance: v.attachment.instance, state: 'attached' }] : [],
            })),
        ),
      snapshots: ({ filters, tags }) =>
        Promise.resolve(
          Object.values(sandbox.cloud.dump().snapshots)
            .filter(
              (v) =>
                (filters?.['volume-id']?.includes(v.volumeId) ?? true) &&
                Object.entries(tags ?? {}).every(([k, vs]) => vs.includes(v.tags[k] ?? '')),
            )
            .map((s) => ({
              id: s.id,
              volumeId: s.volumeId,
              state: snapshotStateOf(sandbox.cloud, s),
              startTime: new Date(s.startedAt).toISOString(),
              tags: s.tags,
            })),
        ),
      instances: refuse,
      permitted: refuse,
    },
    http: refuse,
    identity: refuse,
    caller: refuse,
    files: (path) =>
      Promise.resolve(
        (statSync(path).isDirectory() ? readdirSync(path).map((f) => join(path, f)) : [path])
          .toSorted()
          .map((p) => ({ path: p, text: readFileSync(p, 'utf8') })),
      ),
    clock: systemClock,
  };
  const perform = async (change: Change): Promise<{ done: Json }> => {
    const body = change.body as {
      type: 'json' | 'merge';
      patch: Json;
      object: KubeObject;
      force: boolean;
      volumeId: string;
      description: string;
      tags: Record<string, string>;
      to: number;
    };
    const { apiVersion = '', kind, name, namespace } = change.object;
    const target = { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) };
    if (change.kind === 'kube/patch') await send({ verb: 'patch', target, type: body.type, patch: body.patch });
    else if (change.kind === 'kube/create') await send({ verb: 'create', object: body.object });
    else if (change.kind === 'kube/apply') await send({ verb: 'apply', object: body.object, force: body.force });
    else if (change.kind === 'kube/scale')
      await send({ verb: 'patch', target, type: 'merge', patch: { spec: { replicas: body.to } } });
    else if (change.kind === 'ec2/create-snapshot') createSnapshot(sandbox.cloud, body);
    else throw new Error(change.kind);
    return { done: null };
  };
  const verbs: Record<string, string[]> = {
    'kube/patch': ['patch'],
    'kube/create': ['create'],
    'kube/apply': ['patch'],
    'kube/scale': ['patch'],
    'ec2/create-snapshot': ['CreateSnapshot'],
  };
  return { world, verbsOf: ({ kind }) => verbs[kind] ?? ['do'], perform, close: () => kube.close() };
}
