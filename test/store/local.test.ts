import { chmodSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOfText } from '../../src/model/digest.ts';
import type { JournalEvent } from '../../src/model/journal.ts';
import type { RunStore } from '../../src/ports/run-store.ts';
import { runStoreContract } from './contract.ts';
import { localPlace, openLocal, type LocalPlace } from './place.ts';

runStoreContract('the local store', localPlace);

const began = (step: string): JournalEvent => ({ type: 'step.began', step, when: true });

describe('the local store', () => {
  let place: LocalPlace;
  let store: RunStore;
  beforeEach(async () => {
    place = await localPlace();
    ({ store } = place.open());
  });
  afterEach(() => place.dispose());
  const runPath = (...parts: string[]): string => join(place.directory, 'runs', 'r', ...parts);

  it('writes nothing before there is something to write', async () => {
    await store.runs();
    await expect(store.read('r')).rejects.toMatchObject({ code: 'RunUnknown' });
    expect(() => statSync(place.directory)).toThrow('ENOENT');
  });

  it('keeps everything for its owner only, whatever the umask, and leaves no temporary files', async () => {
    const umask = process.umask(0);
    try {
      const journal = await store.create('r', place.living);
      await journal.append([began('a')]);
      await store.blobs.put('text');
      await store.send('r', { id: 'w', at: '', by: '', word: 'pause', data: null });
      await store.claimCluster('uid', 'r');
      await journal.release();
      const taker = await store.take('r', place.living, { takeOver: false });
      await taker.renew();
    } finally {
      process.umask(umask);
    }
    const all = readdirSync(place.directory, { recursive: true, withFileTypes: true });
    for (const entry of all) {
      const mode = statSync(join(entry.parentPath, entry.name)).mode & 0o777;
      expect([entry.name, mode.toString(8)]).toEqual([entry.name, entry.isDirectory() ? '700' : '600']);
      expect(entry.name).not.toMatch(/^\./);
    }
    expect(statSync(place.directory).mode & 0o777).toBe(0o700);
    expect(readdirSync(runPath()).toSorted()).toEqual([
      'inbox',
      'journal.1.jsonl',
      'journal.2.jsonl',
      'key.1.json',
      'key.2.json',
    ]);
  });

  it('notices that the last line was changed or removed after the key was given back', async () => {
    const journal = await store.create('r', place.living);
    await journal.append([began('a')]);
    await journal.append([began('b')]);
    await journal.release();
    const file = runPath('journal.1.jsonl');
    const [first, second] = readFileSync(file, 'utf8').split('\n') as [string, string];
    for (const [text, line] of [
      [`${first}\n${second.replace('"b"', '"x"')}\n`, 2],
      [`${first.replace('"a"', '"x"')}\n${second}\n`, 1],
      [`${first}\n`, 2],
      ['', 1],
    ] as const) {
      writeFileSync(file, text);
      await expect(store.read('r')).rejects.toMatchObject({ code: 'JournalBroken', at: { file, line } });
      await expect(store.take('r', place.living, { takeOver: true })).rejects.toMatchObject({ code: 'JournalBroken' });
    }
    writeFileSync(file, `${first}\n${second}\n`);
    expect((await store.take('r', place.living, { takeOver: false })).epoch).toBe(2);
  });

  it('names a state directory that is a file', async () => {
    writeFileSync(place.directory, '');
    await expect(store.create('r', place.living)).rejects.toMatchObject({ code: 'StoreNotADirectory' });
    await expect(store.blobs.put('x')).rejects.toMatchObject({ code: 'StoreNotADirectory' });
    await expect(store.runs()).rejects.toMatchObject({ code: 'StoreNotADirectory' });
    await expect(openLocal(join(place.directory, 'below')).store.create('r', place.living)).rejects.toMatchObject({
      code: 'StoreNotADirectory',
    });
  });

  it('stops when the run is removed under its driver', async () => {
    const journal = await store.create('r', place.living);
    rmSync(runPath(), { recursive: true });
    await expect(journal.append([began('a')])).rejects.toMatchObject({ code: 'StoreFailed' });
    await expect(journal.append([began('a')])).rejects.toThrow('removed while');
  });

  it('asks for an explicit takeover where the key cannot be read', async () => {
    const journal = await store.create('r', place.living);
    await journal.append([began('a')]);
    writeFileSync(runPath('key.1.json'), '{"driver": ');
    await expect(store.driver('r')).rejects.toMatchObject({ code: 'KeyDamaged' });
    await expect(store.take('r', place.living, { takeOver: false })).rejects.toMatchObject({ code: 'KeyDamaged' });
    const taker = await store.take('r', place.living, { takeOver: true });
    expect(taker.lines()).toHaveLength(1);
    await expect(journal.check()).rejects.toMatchObject({ code: 'Fenced' });
  });

  it('finds a text whose bytes were damaged, and heals it when it is put again', async () => {
    const digest = await store.blobs.put('text');
    writeFileSync(join(place.directory, 'blobs', digest.replace(':', '-')), 'tex');
    await expect(store.blobs.get(digest)).rejects.toMatchObject({ code: 'BlobDamaged' });
    await place.open().store.blobs.put('text');
    expect(await store.blobs.get(digestOfText('text'))).toBe('text');
  });

  it('names a word and a claim that it cannot read, and passes over what is no word', async () => {
    await store.create('r', place.living);
    mkdirSync(runPath('inbox'));
    writeFileSync(runPath('inbox', '.half.tmp'), 'x');
    writeFileSync(runPath('inbox', 'notes.txt'), 'x');
    expect(await store.inbox('r')).toEqual([]);
    writeFileSync(runPath('inbox', 'bad.json'), '{"id": 1}');
    await expect(store.inbox('r')).rejects.toMatchObject({ code: 'InboxDamaged' });
    await store.claimCluster('uid', 'r');
    writeFileSync(join(place.directory, 'clusters', 'uid', '1.json'), '');
    await expect(store.claimCluster('uid', 'r')).rejects.toMatchObject({ code: 'ClaimDamaged' });
    await expect(store.claimCluster('..', 'r')).rejects.toMatchObject({ code: 'BadName' });
  });

  it('reads runs beside files that are none of its own', async () => {
    await store.create('r', place.living);
    mkdirSync(join(place.directory, 'runs', '.aside'));
    writeFileSync(runPath('journal.1.jsonl.bak'), 'x');
    chmodSync(runPath('journal.1.jsonl'), 0o600);
    expect(await store.runs()).toEqual(['r']);
    expect((await store.read('r')).lines).toEqual([]);
  });
});
