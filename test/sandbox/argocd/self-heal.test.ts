import { afterEach, describe, expect, it } from 'vitest';
import { decideAutoSync } from '../../../src/sandbox/argocd/auto-sync.ts';
import type { Application, Operation, ResourceStatus } from '../../../src/sandbox/argocd/kinds.ts';
import { application, AUTO, config, Place, until } from './place.ts';

const PERIODS = { selfHeal: 2_000, selfHealMost: 300_000 };
const SOURCE = { repoURL: 'https://git.example/deployments', path: 'shop' };
const DRIFT: ResourceStatus[] = [
  { version: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'a', status: 'OutOfSync' },
];
const ENDED = Date.parse('2026-11-21T12:00:00Z');

/** Synced to a revision, the last so many syncs in a row having mended a drift of it. */
function synced(revision: string, healed: number | undefined): Application {
  const sync = { revision, ...(healed !== undefined && { autoHealAttemptsCount: healed }) };
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'shop', namespace: 'argocd' },
    spec: { project: 'default', source: SOURCE, destination: {}, syncPolicy: { automated: { selfHeal: true } } },
    status: {
      operationState: {
        operation: { sync },
        phase: 'Succeeded',
        startedAt: '2026-11-21T11:59:00Z',
        finishedAt: '2026-11-21T12:00:00Z',
        syncResult: { revision, source: SOURCE },
      },
    },
  };
}

function decided(healed: number | undefined, seconds: number, revision = 'r1') {
  return decideAutoSync(
    synced('r1', healed),
    { revision, resources: DRIFT },
    PERIODS,
    new Date(ENDED + seconds * 1_000),
  );
}

function operationOf(found: ReturnType<typeof decideAutoSync>): Operation {
  if (found.do !== 'sync') throw new Error(`it does not sync: ${found.do}`);
  return found.operation;
}

describe('self-heal', () => {
  it('mends the first drift at once, and names what it mends', () => {
    const { sync } = operationOf(decided(undefined, 0));
    expect(sync).toMatchObject({ autoHealAttemptsCount: 1, resources: [{ kind: 'ConfigMap', name: 'a' }] });
  });

  it.each([
    [1, 2],
    [2, 6],
    [3, 18],
    [5, 162],
    [6, 300],
    [40, 300],
  ])('after %i in a row waits %i seconds from the end of the last', (healed, pause) => {
    expect(decided(healed, pause - 1)).toEqual({ do: 'wait', ms: 1_000 });
    expect(operationOf(decided(healed, pause)).sync?.autoHealAttemptsCount).toBe(healed + 1);
  });

  it('begins anew with a new revision, which is synced at once and whole', () => {
    const { sync } = operationOf(decided(5, 0, 'r2'));
    expect(sync).not.toHaveProperty('autoHealAttemptsCount');
    expect(sync).not.toHaveProperty('resources');
  });
});

describe('what takes long to go', () => {
  let place: Place;
  afterEach(() => place.close());

  it('is deleted once, however often self-heal comes by, and the rest is mended meanwhile', async () => {
    place = await Place.open();
    const deletes: string[] = [];
    place.sandbox.audit.listen(({ verb, path }) => {
      if (verb === 'delete' && path.includes('/configmaps/')) deletes.push(path);
    });
    const kept = JSON.parse(config('slow')) as { metadata: object };
    const slow = JSON.stringify({ ...kept, metadata: { ...kept.metadata, finalizers: ['example.com/slow'] } });
    place.commit({ 'shop/a.yaml': config('a'), 'shop/slow.yaml': slow });
    await place.apply(application('shop', { path: 'shop', syncPolicy: AUTO }));
    await until('both', async () => (await place.names('ConfigMap', 'shop')).includes('slow'));
    place.commit({ 'shop/a.yaml': config('a') });
    const attempts = async (): Promise<number> =>
      (await place.application('shop'))?.status?.operationState?.operation.sync?.autoHealAttemptsCount ?? 0;
    await until('mended thrice', async () => (await attempts()) >= 3);
    expect(deletes).toHaveLength(1);
    expect(await place.names('ConfigMap', 'shop')).toContain('slow');
    const maps = { group: '', version: 'v1', resource: 'configmaps' };
    await place.api.patch(maps, 'slow', 'shop', 'merge', { metadata: { finalizers: null } });
    await until('it is gone', async () => !(await place.names('ConfigMap', 'shop')).includes('slow'));
  });
});
