import { expect, test } from 'vitest';
import { appended } from '../../../src/sandbox/workloads/log.ts';
import {
  type ClaimState,
  differencesOf,
  stateOfApplication,
} from '../../../src/sandbox/workloads/application-state.ts';
import type { VolumeContent } from '../../../src/sandbox/types.ts';
import { claim, volume } from '../controllers/builders.ts';

const log = (count: number): string =>
  Array.from({ length: count }).reduce<string>((all) => appended(all, 'ledger'), '');

function content(records = 3, more: Partial<VolumeContent> = {}): VolumeContent {
  return {
    filesystem: 'ext4',
    files: { identity: 'ledger-0', 'cluster-id': 'c1', records: log(records) },
    writers: ['ledger-0@c1'],
    ...more,
  };
}

function look(disks: Record<string, VolumeContent>, volumeName = 'v1'): ClaimState[] {
  return stateOfApplication({
    claims: [claim({ volumeName }, { name: 'data-ledger-0', phase: 'Bound' })],
    volumes: [volume({}, { name: 'v1' }), volume({}, { name: 'v2' })],
    contentOf: (id) => disks[id],
  });
}

test('says which volume each claim has and what is on it', () => {
  const [state] = look({ 'vol-v1': content() });
  expect(state).toMatchObject({
    claim: 'shop/data-ledger-0',
    phase: 'Bound',
    volumeName: 'v1',
    volumeId: 'vol-v1',
    identity: 'ledger-0',
    clusterId: 'c1',
    filesystem: 'ext4',
    records: 3,
    writers: ['ledger-0@c1'],
  });
  expect(state?.digest).toMatch(/^[0-9a-f]{64}$/);
});

test('the digest covers content, not writers', () => {
  const digest = (disk: VolumeContent): string | undefined => look({ 'vol-v1': disk })[0]?.digest;
  expect(digest(content())).toBe(digest(content(3, { writers: [] })));
  expect(digest(content())).not.toBe(digest(content(4)));
});

test('a claim without a volume, and a volume that is gone from the cloud, are shown as such', () => {
  const states = stateOfApplication({ claims: [claim()], volumes: [], contentOf: () => undefined });
  expect(states).toEqual([{ claim: 'shop/data', phase: 'Pending', records: 0, writers: [], log: '' }]);
  expect(look({})[0]).toMatchObject({ volumeId: 'vol-v1', records: 0 });
});

test('records written since are no difference', () => {
  expect(differencesOf(look({ 'vol-v1': content(3) }), look({ 'vol-v1': content(9) }))).toEqual([]);
});

test('another volume, lost records, another owner and a missing claim are named', () => {
  const before = look({ 'vol-v1': content(5) });
  const other = content(0, {
    files: { identity: 'ledger-0', 'cluster-id': 'c2', records: '' },
    writers: ['ledger-0@c2'],
  });
  expect(differencesOf(before, look({ 'vol-v2': other }, 'v2'))).toEqual([
    'shop/data-ledger-0: volumeId was vol-v1, is vol-v2',
    'shop/data-ledger-0: clusterId was c1, is c2',
    'shop/data-ledger-0: lost or changed records: had 5, has 0',
    'shop/data-ledger-0: written by ledger-0@c2 too',
  ]);
  expect(differencesOf(before, [])).toEqual(['shop/data-ledger-0: the claim is gone']);
});

test('a record changed in the middle is noticed though the count is the same', () => {
  const forged = log(5).replace(/^3 .*$/m, '3 0000000000000000');
  const after = look({ 'vol-v1': content(5, { files: { ...content().files, records: forged } }) });
  expect(differencesOf(look({ 'vol-v1': content(5) }), after)).toEqual([
    'shop/data-ledger-0: lost or changed records: had 5, has 5',
  ]);
});

test('a restored claim is on another volume, with the same content; on the same one nothing was restored', () => {
  const before = look({ 'vol-v1': content(5) });
  expect(differencesOf(before, look({ 'vol-v2': content(5) }, 'v2'), ['data-ledger-0'])).toEqual([]);
  expect(differencesOf(before, look({ 'vol-v1': content(5) }), ['data-ledger-0'])).toEqual([
    'shop/data-ledger-0: volumeId is still vol-v1: nothing was restored',
  ]);
  expect(differencesOf(before, look({ 'vol-v2': content(4) }, 'v2'), ['data-ledger-0'])).toEqual([
    'shop/data-ledger-0: lost or changed records: had 5, has 4',
  ]);
});
