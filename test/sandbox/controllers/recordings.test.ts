import { describe, expect, test } from 'vitest';
import type { KubeObject, WatchEventType } from '../../../src/sandbox/types.ts';
import { Cluster, ZONES } from './cluster.ts';
import { type Story, type Timeline, storyOf, timelines, untilQuiet } from './recorded.ts';

/** The recorded nodes are in one zone as far as the recorded volumes are concerned: those had no node affinity. */
const NODES = [0, 1, 2].map((index) => ({ name: `node-${index}`, zone: ZONES[0], instance: `i-0${index}` }));
const RESYNC_MS = 120;
/** A pause in the recording in which something may have happened by itself. */
const PAUSE_MS = 250;

/** Sends what the recorder sent, in its order, and listens to what the sandbox's controllers make of it. */
async function replay(timeline: Timeline): Promise<Story> {
  const cluster = await Cluster.start({
    without: ['ebs-provisioner'],
    nodes: NODES,
    periods: { binderResync: RESYNC_MS },
  });
  try {
    await cluster.classes();
    const heard: { watch: WatchEventType; object: KubeObject }[] = [];
    let lastHeard = 0;
    const listening = new AbortController();
    for (const { group, version, resource } of cluster.server.registry
      .all()
      .filter(({ verbs }) => verbs.includes('watch'))) {
      void listen({ group, version, resource });
    }
    async function listen(resource: { group: string; version: string; resource: string }): Promise<void> {
      const { resourceVersion } = await cluster.api.list(resource);
      for await (const { type, object } of cluster.api.watch(resource, { resourceVersion, signal: listening.signal })) {
        if (type === 'BOOKMARK' || type === 'ERROR') continue;
        heard.push({ watch: type, object: object as KubeObject });
        lastHeard = performance.now();
      }
    }
    const actions = timeline.steps.filter(({ action }) => action !== undefined);
    for (const [index, { action, ms }] of actions.entries()) {
      await send(cluster, action!);
      const next = actions[index + 1]?.ms ?? Number.POSITIVE_INFINITY;
      await untilQuiet(() => lastHeard, next - ms > PAUSE_MS ? RESYNC_MS * 2 + 150 : 15);
    }
    listening.abort();
    return storyOf(heard);
  } finally {
    await cluster.stop();
  }
}

async function send(
  cluster: Cluster,
  { method, path, body, 'content-type': type }: NonNullable<Timeline['steps'][number]['action']>,
): Promise<void> {
  const disk = (body as { spec?: { csi?: { volumeHandle?: string } } } | undefined)?.spec?.csi?.volumeHandle;
  if (disk !== undefined) await diskCalled(cluster, disk);
  const { pathname, search } = new URL(path, 'http://sandbox');
  await cluster.server.pipeline.handle({
    method,
    path: pathname,
    query: new URLSearchParams(search),
    headers: { accept: 'application/json', 'content-type': type ?? 'application/json' },
    body: body === undefined ? '' : JSON.stringify(body),
    client: 'the-recorder',
    identity: { username: 'the-recorder', groups: ['system:masters'] },
  });
}

/** The recorded volumes had no cloud behind them; here each gets a disk of its name. */
async function diskCalled(cluster: Cluster, id: string): Promise<void> {
  const made = await cluster.cloud.createVolume({ sizeGiB: 10, zone: ZONES[0], tags: {} });
  const record = cluster.store.state.volumes[made.id]!;
  cluster.store.state.volumes[id] = { ...record, id };
}

function recordedStory({ steps }: Timeline): Story {
  return storyOf(
    steps.flatMap(({ watch, object }) => (watch === undefined || object === undefined ? [] : [{ watch, object }])),
  );
}

/** Names that both sides choose at random, or that depend on the node, are compared by kind. */
function comparable(story: Story, kinds: readonly string[]): Record<string, string[]> {
  const entries = [...story].filter(([key]) => kinds.includes(key.split('/')[0] ?? ''));
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

describe('what the controllers of a real cluster did, object by object, the sandbox’s do in the same order', () => {
  const kinds = [
    'PersistentVolume',
    'PersistentVolumeClaim',
    'VolumeAttachment',
    'Namespace',
    'Pod',
    'Secret',
    'ServiceAccount',
  ];
  const replayed = timelines.filter(({ name }) => name !== 'deployment-rollout');

  test.concurrent.each(replayed)('$name', async (timeline) => {
    const story = await replay(timeline);
    const recorded = comparable(recordedStory(timeline), kinds);
    const seen = comparable(story, kinds);
    const told = Object.fromEntries(Object.keys(recorded).map((key) => [key, seen[key]]));
    expect(told).toEqual(recorded);
    for (const [key, statuses] of counted(recordedStory(timeline))) expectPassedThrough(story.get(key), statuses);
  });

  test.concurrent(
    'deployment-rollout: the counts of its ReplicaSets, first and second, and where it ends',
    async () => {
      const timeline = timelines.find(({ name }) => name === 'deployment-rollout')!;
      const [story, recorded] = [await replay(timeline), recordedStory(timeline)];
      expect(replicaSets(story)).toEqual(replicaSets(recorded));
      const deployment = (told: Story): string[] => told.get('Deployment/api') ?? [];
      expect(deployment(story).at(-1)).toBe(deployment(recorded).at(-1));
      // How many statuses lie between is a matter of speed; each that was recorded as a resting place must be passed.
      for (const resting of ['of 2: 2 made, 2 updated, 2 ready', 'of 0: 0 made, 0 updated, 0 ready']) {
        expect(deployment(recorded)).toContain(resting);
        expect(deployment(story)).toContain(resting);
      }
    },
  );
});

/** StatefulSets: their status counts, and a slow machine may count two changes at once. */
function counted(story: Story): [string, string[]][] {
  return [...story].filter(([key]) => key.startsWith('StatefulSet/'));
}

/** Begins and ends as recorded, and passes through nothing that was not recorded, in that order. */
function expectPassedThrough(seen: string[] = [], recorded: readonly string[]): void {
  expect([seen[0], seen.at(-1)]).toEqual([recorded[0], recorded.at(-1)]);
  let at = 0;
  for (const status of seen) {
    at = recorded.indexOf(status, at);
    expect(at, `${status} out of order`).toBeGreaterThanOrEqual(0);
  }
}

/** ReplicaSets are named by a hash; they are told apart by the order in which they came. */
function replicaSets(story: Story): string[][] {
  return [...story].filter(([key]) => key.startsWith('ReplicaSet/')).map(([, told]) => told);
}
