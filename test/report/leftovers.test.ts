import { describe, expect, it } from 'vitest';
import { foldRun } from '../../src/journal/fold.ts';
import { leftoversOf } from '../../src/report/leftovers.ts';
import type { JournalEvent } from '../../src/model/journal.ts';
import { answered, asked, came, change, opened, policy, scale, sent, stepEnded, Story } from './story.ts';

const left = (...events: JournalEvent[]) => leftoversOf(foldRun(new Story().at(0, opened(), ...events).lines));
const volume = { endpoint: 'aws' as const, kind: 'Volume', name: 'vol-1' };
const pv = policy('pv-1', 'Delete', 'Retain');

describe('leftovers', () => {
  it('are none of a run that changed nothing, or whose Changes were not performed', () => {
    expect(left()).toEqual([]);
    expect(left(sent('a', pv), came('a', pv, 'not-performed'))).toEqual([]);
    expect(left(sent('a', pv), came('a', pv, 'settled-redo'))).toEqual([]);
  });

  it('name a reclaim policy, with the command back and what to mind', () => {
    expect(left(sent('retain', pv), came('retain', pv))).toEqual([
      {
        kind: 'switch',
        object: 'PersistentVolume pv-1',
        what: 'reclaim policy: Delete → Retain',
        step: 'retain',
        takeBack: `kubectl patch persistentvolume pv-1 --type=merge -p '{"spec":{"persistentVolumeReclaimPolicy":"Delete"}}'`,
        mind: expect.stringContaining('the end of its data'),
      },
    ]);
  });

  it('leave out a switch that a later step took back, and say the whole way of one moved twice', () => {
    const down = scale('kafka', 3, 0);
    const up = scale('kafka', 0, 3);
    expect(left(sent('down', down), came('down', down), sent('up', up), came('up', up))).toEqual([]);
    const partly = scale('kafka', 0, 1);
    const [one] = left(sent('down', down), came('down', down), sent('up', partly), came('up', partly));
    expect(one).toMatchObject({
      object: 'StatefulSet shop/kafka',
      what: 'replicas: 3 → 1',
      takeBack: 'kubectl scale -n shop statefulset.apps kafka --replicas=3',
    });
  });

  it('forget the switches of an object that was deleted afterwards', () => {
    const down = scale('kafka', 3, 0);
    const gone = change({ kind: 'kube/delete', object: down.object, before: {}, after: null, risk: 'destructive' });
    expect(left(sent('a', down), came('a', down), sent('b', gone), came('b', gone))).toEqual([]);
  });

  it('name the note of a hold, and no other annotation', () => {
    const note = change({
      object: {
        endpoint: 'argocd',
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Application',
        namespace: 'argo',
        name: 'shop',
      },
      before: { metadata: { annotations: {} } },
      after: { metadata: { annotations: { 'drctl.dev/hold': 'freeze', 'other/key': 'x', 'notdrctlish/key': 'y' } } },
    });
    expect(left(sent('freeze', note), came('freeze', note))).toMatchObject([
      {
        what: 'annotation drctl.dev/hold: none → freeze',
        takeBack: 'kubectl annotate --overwrite -n argo application.argoproj.io shop drctl.dev/hold-',
      },
    ]);
  });

  it('name snapshots and tags', () => {
    const snapshot = change({ kind: 'ec2/create-snapshot', object: volume, before: null, after: { tags: {} } });
    const tags = change({
      kind: 'ec2/create-tags',
      object: volume,
      before: {},
      after: { tags: { 'a b': '1', c: '2' } },
    });
    const all = left(
      sent('s', snapshot, tags),
      came('s', snapshot, 'done', { result: { snapshotId: 'snap-9' } }),
      came('s', tags),
    );
    expect(all.map(({ kind, takeBack }) => [kind, takeBack])).toEqual([
      ['snapshot', 'aws ec2 delete-snapshot --snapshot-id snap-9'],
      ['tags', `aws ec2 delete-tags --resources vol-1 --tags 'Key=a b' Key=c`],
    ]);
    const [lost] = left(sent('s', snapshot), came('s', snapshot, 'unknown'));
    expect(lost?.what).toContain('perhaps');
    expect(lost).not.toHaveProperty('takeBack');
  });

  it('name the hasty volume behind a deleted claim', () => {
    const gone = change({
      kind: 'kube/delete',
      object: {
        endpoint: 'cluster',
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        namespace: 'shop',
        name: 'data-0',
      },
      before: { spec: { volumeName: 'pvc-hasty' } },
      after: null,
      risk: 'destructive',
    });
    expect(left(sent('rebind', gone), came('rebind', gone))).toMatchObject([
      {
        kind: 'volume',
        object: 'PersistentVolume pvc-hasty',
        what: expect.stringContaining('shop/data-0 was deleted'),
      },
    ]);
  });

  it('offer no policy back for the volume of a deleted claim: that would delete it', () => {
    const gone = change({
      kind: 'kube/delete',
      object: {
        endpoint: 'cluster',
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        namespace: 'shop',
        name: 'data-0',
      },
      before: { spec: { volumeName: 'pv-1' } },
      after: null,
      risk: 'destructive',
      body: { uid: 'u', proof: { volume: 'pv-1', uid: 'v', policy: 'Retain', handle: 'vol-9' } },
    });
    const all = left(sent('retain', pv), came('retain', pv), sent('rebind', gone), came('rebind', gone));
    expect(all.map(({ kind, what }) => [kind, what])).toEqual([
      ['volume', 'its claim PersistentVolumeClaim shop/data-0 was deleted, the volume vol-9 was kept'],
    ]);
  });

  it('name what nobody knows, what failed its checks, and every exception', () => {
    const all = left(
      sent('a', scale('kafka', 3, 0)),
      stepEnded('b', 'unverified', 'status 503'),
      asked('q', 'c'),
      answered('q', 'c', 'skip', 'not needed'),
    );
    expect(all.map(({ kind, object, what }) => [kind, object, what])).toEqual([
      ['switch', 'StatefulSet shop/kafka', 'replicas: 3 → 0'],
      ['unknown', 'StatefulSet shop/kafka', 'kube/scale: nobody knows whether it was performed'],
      ['unverified', 'step b', 'unverified: status 503'],
      ['exception', 'step c', 'skipped by grace: not needed'],
    ]);
    expect(all[1]?.takeBack).toMatch(/^drctl settle r-1 a\/kafka\/kube\/scale#1|'a\/kafka/);
  });

  it('quote what a shell would read otherwise', () => {
    const odd = scale(`x'; rm -rf /`, 1, 0);
    expect(left(sent('a', odd), came('a', odd))[0]?.takeBack).toBe(
      String.raw`kubectl scale -n shop statefulset.apps 'x'\''; rm -rf /' --replicas=1`,
    );
  });
});
