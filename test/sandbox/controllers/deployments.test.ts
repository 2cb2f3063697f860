import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decideDeployment } from '../../../src/sandbox/controllers/apps/decide-deployment.ts';
import type { Deployment, Pod, ReplicaSet } from '../../../src/sandbox/controllers/kinds.ts';
import { RESOURCES } from '../../../src/sandbox/controllers/resources.ts';
import { Cluster, eventually } from './cluster.ts';

describe('a Deployment in a cluster', () => {
  let cluster: Cluster;
  beforeEach(async () => {
    cluster = await Cluster.start();
    await cluster.namespace('shop');
    await cluster.api.create(RESOURCES.deployments, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'api', namespace: 'shop' },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'api' } },
        template: { metadata: { labels: { app: 'api' } }, spec: { containers: [{ name: 'c', image: 'nginx:1' }] } },
      },
    });
  });
  afterEach(() => cluster.stop());

  const find = (): Promise<Deployment | undefined> => cluster.find<Deployment>(RESOURCES.deployments, 'api', 'shop');
  const images = async (): Promise<string> =>
    (await cluster.api.list(RESOURCES.pods, { namespace: 'shop' })).items
      .map((pod) => (pod as Pod).spec.containers[0]?.image)
      .join();

  /** What `kubectl rollout status` waits for. */
  async function rolledOut(replicas: number): Promise<void> {
    await eventually(async () => {
      const deployment = await find();
      const {
        observedGeneration,
        updatedReplicas = 0,
        replicas: all = 0,
        availableReplicas = 0,
      } = deployment?.status ?? {};
      const counts = [updatedReplicas, all, availableReplicas].every((count) => count === replicas);
      return counts && observedGeneration === deployment?.metadata.generation;
    }, true);
  }

  test('rolls out, and says so in its conditions', async () => {
    await rolledOut(2);
    const status = (await find())?.status;
    expect(
      status?.conditions?.map(({ type, status: truth, reason }) => `${type} ${truth} ${reason}`).toSorted(),
    ).toEqual(['Available True MinimumReplicasAvailable', 'Progressing True NewReplicaSetAvailable']);
    expect((await find())?.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('1');
  });

  test('a new image goes out through a second ReplicaSet; the first is kept, empty', async () => {
    await rolledOut(2);
    await cluster.api.patch(RESOURCES.deployments, 'api', 'shop', 'strategic', {
      spec: { template: { spec: { containers: [{ name: 'c', image: 'nginx:2' }] } } },
    });
    await eventually(images, 'nginx:2,nginx:2');
    await rolledOut(2);
    const sets = (await cluster.api.list(RESOURCES.replicaSets, { namespace: 'shop' })).items as ReplicaSet[];
    expect(new Set(sets.map(({ spec }) => spec.replicas))).toEqual(new Set([0, 2]));
  });

  test('scales to nothing and back, and takes its pods along when deleted', async () => {
    await rolledOut(2);
    for (const replicas of [0, 3]) {
      await cluster.api.patch(
        RESOURCES.deployments,
        'api',
        'shop',
        'merge',
        { spec: { replicas } },
        { subresource: 'scale' },
      );
      await rolledOut(replicas);
    }
    await cluster.api.delete(RESOURCES.deployments, 'api', 'shop');
    await eventually(images, '');
    expect((await cluster.api.list(RESOURCES.replicaSets, { namespace: 'shop' })).items).toEqual([]);
  });
});

describe('the next scaling of a rollout', () => {
  const template = { spec: { containers: [] } };
  const deployment = (spec: Partial<Deployment['spec']> = {}): Deployment => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'api' },
    spec: { replicas: 4, selector: {}, template, ...spec },
  });
  const set = (name: string, replicas: number, available = replicas): ReplicaSet => ({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name },
    spec: { replicas, selector: {}, template },
    status: { replicas, availableReplicas: available },
  });
  const next = (subject: Deployment, current: ReplicaSet, ...old: ReplicaSet[]): string => {
    const scaling = decideDeployment(subject, current, old);
    return scaling === undefined ? 'nothing' : `${scaling.set.metadata.name} to ${scaling.to}`;
  };

  test.each([
    ['a first rollout is made at once', next(deployment(), set('new', 0)), 'new to 4'],
    ['a quarter more is allowed during an update', next(deployment(), set('new', 0), set('old', 4)), 'new to 1'],
    [
      'an old pod goes while new ones are still starting, a quarter may be missing',
      next(deployment(), set('new', 1, 0), set('old', 4)),
      'old to 3',
    ],
    ['then it waits', next(deployment(), set('new', 2, 0), set('old', 3)), 'nothing'],
    ['an available new pod lets an old one go', next(deployment(), set('new', 2, 1), set('old', 3)), 'old to 2'],
    ['a finished rollout is left alone', next(deployment(), set('new', 4), set('old', 0)), 'nothing'],
    ['scaling down acts on the new set', next(deployment({ replicas: 1 }), set('new', 4)), 'new to 1'],
    [
      'Recreate takes all old pods away first',
      next(deployment({ strategy: { type: 'Recreate' } }), set('new', 0), set('old', 4)),
      'old to 0',
    ],
    [
      'and only then starts new ones',
      next(deployment({ strategy: { type: 'Recreate' } }), set('new', 0), set('old', 0)),
      'new to 4',
    ],
    [
      'with neither surge nor unavailability one pod may be missing',
      next(
        deployment({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
        set('new', 0),
        set('old', 4),
      ),
      'old to 3',
    ],
  ])('%s', (_why, seen, wanted) => {
    expect(seen).toBe(wanted);
  });
});
