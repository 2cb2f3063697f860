import { join } from 'node:path';
import type { Change } from '../../src/model/change.ts';
import type { Json } from '../../src/model/json.ts';
import type { Outlet } from '../../src/ports/door.ts';
import type { KubeObject, ReadWorld } from '../../src/ports/read-world.ts';
import { openWorld, systemClock } from '../../src/world/index.ts';

export interface TestWorld {
  readonly world: ReadWorld;
  perform(change: Change): Promise<Json>;
  verbsOf(change: Change): readonly string[];
  close(): Promise<void>;
}

/** The real clients on a sandbox whose files are in `dir`. */
export async function openTestWorld(dir: string, aws: string): Promise<TestWorld> {
  const outside = await openWorld({
    target: {
      name: 'sandbox',
      cluster: { kubeconfig: join(dir, 'kubeconfig'), context: 'sandbox' },
      aws: { region: 'eu-central-1', endpoint: aws, credentialsFile: join(dir, 'aws', 'credentials') },
    },
    version: 'test',
    userAgent: 'laws',
    clock: systemClock,
  });
  const outlet = (): Outlet =>
    outside.door.open({
      run: 'laws',
      step: 'step',
      changeId: 'change',
      epoch: 1,
      beganAt: systemClock.monotonic(),
      check: () => Promise.resolve(),
      signal: new AbortController().signal,
    });
  return {
    world: outside.world,
    perform: (change) => performPlainly(change, outlet()),
    verbsOf: ({ kind }) => VERBS[kind] ?? ['do'],
    close: () => outside.close(),
  };
}

const VERBS: Readonly<Record<string, readonly string[]>> = {
  'kube/patch': ['patch'],
  'kube/create': ['create'],
  'kube/apply': ['patch'],
  'kube/scale': ['patch'],
  'ec2/create-snapshot': ['CreateSnapshot'],
};

async function performPlainly(change: Change, outlet: Outlet): Promise<Json> {
  const body = change.body as unknown as Body;
  const { apiVersion = '', kind, name, namespace } = change.object;
  const target = { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) };
  if (change.kind === 'kube/patch')
    await outlet.kube('cluster', { verb: 'patch', target, type: body.type, patch: body.patch });
  else if (change.kind === 'kube/create') await outlet.kube('cluster', { verb: 'create', object: body.object });
  else if (change.kind === 'kube/apply')
    await outlet.kube('cluster', { verb: 'apply', object: body.object, force: body.force });
  else if (change.kind === 'kube/scale')
    await outlet.kube('cluster', { verb: 'patch', target, type: 'merge', patch: { spec: { replicas: body.to } } });
  else if (change.kind === 'ec2/create-snapshot')
    await outlet.cloud({
      action: 'CreateSnapshot',
      volumeId: body.volumeId,
      description: body.description,
      tags: body.tags,
    });
  else throw new Error(`not performed here: ${change.kind}`);
  return null;
}

interface Body {
  type: 'json' | 'merge';
  patch: Json;
  object: KubeObject;
  force: boolean;
  volumeId: string;
  description: string;
  tags: Record<string, string>;
  to: number;
}
