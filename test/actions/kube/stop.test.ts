import { describe, expect, it } from 'vitest';
import { kubeStart } from '../../../src/actions/kube/start.ts';
import { kubeStop } from '../../../src/actions/kube/stop.ts';
import type { KubeObject } from '../../../src/ports/read-world.ts';
import { blockedBecause, changesIn, itemsOf, planIn } from '../planning.ts';

function deployment(name: string, replicas: number, metadata: object = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop', uid: `uid-of-${name}`, ...metadata },
    spec: { replicas },
  };
}

const stop = (objects: KubeObject[], deployments = ['web']) =>
  planIn(kubeStop, { namespace: 'shop', deployments }, { objects });
const start = (objects: KubeObject[], deployments = ['web']) =>
  planIn(kubeStart, { namespace: 'shop', deployments }, { objects });
const stopped = (note: string, replicas = 0) =>
  deployment('web', replicas, { annotations: { 'drctl/rebind-replicas': note } });

describe('kube/stop', () => {
  it('stops what runs, with how many there were noted on it, in one guarded request', async () => {
    expect(changesIn(await stop([deployment('web', 3)]))).toMatchObject([
      {
        object: { kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'uid-of-web' },
        before: { metadata: { annotations: { 'drctl/rebind-replicas': null } }, spec: { replicas: 3 } },
        after: { metadata: { annotations: { 'drctl/rebind-replicas': '3' } }, spec: { replicas: 0 } },
        risk: 'disruptive',
      },
    ]);
  });

  it('is satisfied by what is not there, is going, or was stopped already', async () => {
    expect(await stop([])).toEqual({ effect: 'satisfied', because: 'none of web runs' });
    expect((await stop([deployment('web', 0)])).effect).toBe('satisfied');
    expect((await stop([deployment('web', 2, { deletionTimestamp: '2026-11-20T10:00:00Z' })])).effect).toBe(
      'satisfied',
    );
  });

  it('somebody started it again meanwhile: it is stopped again, and what was noted first stays', async () => {
    const [change] = changesIn(await stop([stopped('3', 1)]));
    expect(change?.after).toMatchObject({ metadata: { annotations: { 'drctl/rebind-replicas': '3' } } });
  });

  it('names only those that run, each once', async () => {
    const items = itemsOf(await stop([deployment('web', 1), deployment('api', 0)], ['web', 'api', 'web']));
    expect(items.map(({ key }) => key)).toEqual(['web']);
  });
});

describe('kube/start of what kube/stop stopped', () => {
  it('gives it what was noted', async () => {
    const [change] = changesIn(await start([stopped('3')]));
    expect(change).toMatchObject({ object: { kind: 'Deployment' }, after: { spec: { replicas: 3 } } });
  });

  it('has nothing to do with one that was not stopped, and is blocked by one that is not there', async () => {
    expect((await start([deployment('web', 2)])).effect).toBe('satisfied');
    expect(blockedBecause(await start([]))).toContain('Deployment shop/web is not there');
  });

  it('an unreadable note is for a person', async () => {
    expect(blockedBecause(await start([stopped('many')]))).toContain('no number of members');
  });

  it('says which: neither kind named is no input', () => {
    expect(kubeStart.input.safeParse({ namespace: 'shop' }).success).toBe(false);
  });
});
