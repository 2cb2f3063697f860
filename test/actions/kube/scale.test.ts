import { describe, expect, it } from 'vitest';
import { kubeScale } from '../../../src/actions/kube/scale.ts';
import type { KubeObject } from '../../../src/ports/read-world.ts';
import { blockedBecause, changesIn, planIn } from '../planning.ts';

function set(replicas: number | undefined, whenScaled?: string): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'kafka', namespace: 'shop', uid: 'u1' },
    spec: {
      ...(replicas !== undefined && { replicas }),
      ...(whenScaled !== undefined && { persistentVolumeClaimRetentionPolicy: { whenScaled } }),
    },
  };
}
const to = (replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  namespace: 'shop',
  name: 'kafka',
  replicas,
});

describe('kube/scale', () => {
  it.each([
    [3, 0, 'disruptive'],
    [0, 3, 'safe'],
    [undefined, 2, 'safe'],
  ])('from %s to %s is %s', async (from, replicas, risk) => {
    const [change] = changesIn(await planIn(kubeScale, to(replicas), { objects: [set(from)] }));
    expect(change).toMatchObject({ kind: 'kube/scale', risk, object: { uid: 'u1' }, after: { spec: { replicas } } });
  });

  it('is satisfied by the number alone', async () => {
    expect((await planIn(kubeScale, to(3), { objects: [set(3)] })).effect).toBe('satisfied');
    expect((await planIn(kubeScale, to(1), { objects: [set(undefined)] })).effect).toBe('satisfied');
  });

  it.each([0, 1])('trap 12: not down to %s while that deletes the claims', async (replicas) => {
    expect(blockedBecause(await planIn(kubeScale, to(replicas), { objects: [set(3, 'Delete')] }))).toContain(
      'whenScaled: Delete',
    );
  });

  it('trap 12: up is harmless, and so is down with Retain', async () => {
    expect((await planIn(kubeScale, to(5), { objects: [set(3, 'Delete')] })).effect).toBe('changes');
    expect((await planIn(kubeScale, to(0), { objects: [set(3, 'Retain')] })).effect).toBe('changes');
  });

  it('is blocked where there is nothing to scale', async () => {
    expect(blockedBecause(await planIn(kubeScale, to(1), {}))).toBe('StatefulSet shop/kafka does not exist');
  });

  it.each([[-1], [1.5], [20_000]])('refuses %s replicas', (replicas) => {
    expect(kubeScale.input.safeParse(to(replicas)).success).toBe(false);
  });
});
