import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { missingPermissions } from '../../src/engine/preflight.ts';
import { DrctlError } from '../../src/model/errors.ts';
import type { Change } from '../../src/model/change.ts';
import { changesOf, type PlannedPhase } from '../../src/model/plan.ts';
import type { ChangeKind, Permission } from '../../src/ports/change-kind.ts';
import type { AccessQuery, CloudWrite, ReadWorld } from '../../src/ports/read-world.ts';
import { systemClock } from '../../src/world/clock.ts';

describe('what a cluster allows', () => {
  it('is one question for two thousand volumes where a rule allows them all', async () => {
    const at = new Rights(() => true);
    expect(await at.missing({ rebind: patches(2_000) })).toEqual([]);
    expect(at.asked).toEqual([{ verb: 'patch', apiVersion: 'v1', kind: 'PersistentVolume' }]);
  });

  it('is asked by name for a single object: a rule may name it', async () => {
    const at = new Rights(({ name }) => name === 'pv-0');
    expect(await at.missing({ rebind: patches(1) })).toEqual([]);
    expect(at.asked).toEqual([{ verb: 'patch', apiVersion: 'v1', kind: 'PersistentVolume', name: 'pv-0' }]);
  });

  it('is asked by name where no rule allows them all, and nothing is missing when every name is allowed', async () => {
    const at = new Rights(({ name }) => name !== undefined);
    expect(await at.missing({ rebind: patches(100) })).toEqual([]);
    expect(at.asked).toHaveLength(101);
  });

  it('is said once and briefly where the rule is missing, after a few of the names', async () => {
    const at = new Rights(() => false);
    expect(await at.missing({ retain: patches(2_000), rebind: patches(2_000) })).toEqual([
      {
        step: 'retain',
        permission: 'patch PersistentVolume (2000 of them: pv-0, pv-1, pv-2, …)',
        reason: 'no rule allows it, as for all 16 of them that were asked',
      },
    ]);
    expect(at.asked).toHaveLength(17);
  });

  it('names exactly those that no rule names', async () => {
    const at = new Rights(({ name }) => name !== undefined && !['pv-7', 'pv-77'].includes(name));
    expect(await at.missing({ rebind: patches(80) })).toEqual([
      {
        step: 'rebind',
        permission: 'patch PersistentVolume (2 of them: pv-7, pv-77)',
        reason: 'no rule allows it (2 of the 80 that were asked)',
      },
    ]);
  });

  it('is asked of what is only foreseen as well: a step that waits for another must not stop the run half way', async () => {
    const at = new Rights(() => false);
    expect(await at.missing({}, { stateful: patches(1) })).toEqual([
      { step: 'stateful', permission: 'patch PersistentVolume pv-0', reason: 'no rule allows it' },
    ]);
  });

  it('keeps apart verbs, kinds, subresources, namespaces and endpoints', async () => {
    const at = new Rights(() => false);
    const found = await at.missing({
      a: [
        kube({ verb: 'create', apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'shop' }),
        kube({ verb: 'create', apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'idpe' }),
        kube({ verb: 'patch', apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: 'shop', name: 'kafka' }),
        kube({
          verb: 'patch',
          apiVersion: 'apps/v1',
          kind: 'StatefulSet',
          namespace: 'shop',
          name: 'kafka',
          subresource: 'scale',
        }),
      ],
    });
    expect(found.map((one) => one.permission)).toEqual([
      'create PersistentVolumeClaim in shop',
      'create PersistentVolumeClaim in idpe',
      'patch StatefulSet kafka in shop',
      'patch StatefulSet/scale kafka in shop',
    ]);
  });

  it('is missing where it cannot be asked, and says why', async () => {
    const at = new Rights(() => {
      throw new DrctlError('CannotSee', 'target', 'the API server is away');
    });
    expect(await at.missing({ rebind: patches(3) })).toEqual([
      {
        step: 'rebind',
        permission: 'patch PersistentVolume (3 of them: pv-0, pv-1, pv-2)',
        reason: 'cannot be asked: the API server is away',
      },
    ]);
  });
});

describe('what EC2 allows', () => {
  it('is asked of every volume while they are few: a policy may look at their tags', async () => {
    const at = new Rights(
      () => true,
      (volume) => volume !== 'vol-3',
    );
    expect(await at.missing({ snapshot: snapshots(20) })).toEqual([
      {
        step: 'snapshot',
        permission: 'ec2:CreateSnapshot (1 of them: vol-3)',
        reason: 'UnauthorizedOperation (1 of the 20 that were asked)',
      },
    ]);
    expect(at.dryRuns).toHaveLength(20);
  });

  it('is asked of a bounded number, spread over all of them, where they are many', async () => {
    const at = new Rights(
      () => true,
      () => true,
    );
    expect(await at.missing({ snapshot: snapshots(10_000) })).toEqual([]);
    expect(at.dryRuns).toHaveLength(48);
    expect([at.dryRuns[0], at.dryRuns.at(-1), new Set(at.dryRuns).size]).toEqual(['vol-0', 'vol-9999', 48]);
  });

  it('is given up after a round of refusals', async () => {
    const at = new Rights(
      () => true,
      () => false,
    );
    const [found] = await at.missing({ snapshot: snapshots(10_000) });
    expect(found?.permission).toBe('ec2:CreateSnapshot (10000 of them: vol-0, vol-1, vol-2, …)');
    expect(found?.reason).toBe('UnauthorizedOperation, as for all 16 of them that were asked');
    expect(at.dryRuns).toHaveLength(16);
  });

  it('says a single one plainly', async () => {
    const at = new Rights(
      () => true,
      () => false,
    );
    const [found] = await at.missing({ snapshot: snapshots(1) });
    expect(found).toEqual({ step: 'snapshot', permission: 'ec2:CreateSnapshot', reason: 'UnauthorizedOperation' });
  });
});

/** Answers as its rules say, and remembers what it was asked. */
type Steps = Readonly<Record<string, readonly Permission[]>>;

class Rights {
  readonly asked: AccessQuery[] = [];
  readonly dryRuns: string[] = [];
  readonly #world: ReadWorld;

  constructor(allows: (query: AccessQuery) => boolean, snapshot: (volume: string) => boolean = () => true) {
    const never = (): never => {
      throw new Error('nothing else is asked');
    };
    const access = async (query: AccessQuery) => {
      this.asked.push(query);
      const allowed = allows(query);
      return Promise.resolve({ allowed, reason: allowed ? 'allowed' : 'no rule allows it' });
    };
    const permitted = (write: CloudWrite) => {
      const volume = write.action === 'CreateSnapshot' ? write.volumeId : never();
      this.dryRuns.push(volume);
      const allowed = snapshot(volume);
      return Promise.resolve({ allowed, reason: allowed ? 'DryRunOperation' : 'UnauthorizedOperation' });
    };
    this.#world = {
      kube: () => ({ get: never, list: never, facts: never, resource: never, dryRun: never, access }),
      cloud: { volumes: never, snapshots: never, instances: never, permitted },
      http: never,
      files: never,
      identity: never,
      caller: never,
      clock: systemClock,
    };
  }

  missing(steps: Steps, foreseen: Steps = {}) {
    const blocked = phaseOf(foreseen).steps.map((step) => ({ ...step, items: [], foreseen: changesOf(step) }));
    const phase = phaseOf(steps);
    const phases = [{ ...phase, steps: [...phase.steps, ...blocked] }];
    return missingPermissions(phases, new Map([[KIND.kind, KIND]]), this.#world);
  }
}

function kube(access: AccessQuery): Permission {
  return { endpoint: 'cluster', access };
}

function patches(count: number): Permission[] {
  return Array.from({ length: count }, (_, index) =>
    kube({ verb: 'patch', apiVersion: 'v1', kind: 'PersistentVolume', name: `pv-${index}` }),
  );
}

function snapshots(count: number): Permission[] {
  return Array.from({ length: count }, (_, index) => ({
    endpoint: 'aws',
    write: { action: 'CreateSnapshot', volumeId: `vol-${index}`, description: '', tags: {} },
  }));
}

/** A kind whose Changes carry the permission that they need. */
const KIND: ChangeKind = {
  kind: 'test/needs',
  summary: 'Needs a permission',
  body: z.looseObject({}),
  repeat: 'repeatable',
  describe: () => '',
  command: () => '',
  permission: ({ body }) => [body['permission'] as unknown as Permission],
  guard: () => Promise.resolve({ go: true }),
  perform: () => Promise.resolve(null),
  probe: () => Promise.resolve('cannot-tell'),
};

function phaseOf(steps: Steps): PlannedPhase {
  return {
    id: 'phase',
    title: '',
    needs: [],
    steps: Object.entries(steps).map(([id, permissions]) => ({
      id,
      phase: 'phase',
      title: id,
      uses: 'test/needs',
      effect: 'changes',
      because: '',
      items: permissions.map((permission, index) => ({
        key: `${index}`,
        changes: [changeOf(permission)],
        ready: 1,
        because: '',
      })),
    })),
  };
}

function changeOf(permission: Permission): Change {
  return {
    kind: KIND.kind,
    object: { endpoint: 'cluster', apiVersion: 'v1', kind: 'Thing', name: 'thing' },
    before: null,
    after: null,
    risk: 'safe',
    body: { permission: permission as unknown as string },
  };
}
