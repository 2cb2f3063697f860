import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOfText } from '../../src/model/digest.ts';
import type { JournalEvent } from '../../src/model/journal.ts';
import type { Notice } from '../../src/ports/host.ts';
import type { Driver, InboxWord, RunStore } from '../../src/ports/run-store.ts';

/** What a store must give the contract suites: any number of openings of one and the same empty place. */
export interface StoreUnderTest {
  /** Opens the place as one more process would; `now` is its clock. */
  open(now?: () => number): { readonly store: RunStore; readonly notices: readonly Notice[] };
  /** A driver that lives, and one that is provably gone. */
  readonly living: Driver;
  readonly gone: Driver;
  dispose(): Promise<void>;
}

export type StoreFactory = () => Promise<StoreUnderTest>;

const RUN = '20261121-0619-contract-aaaa';
const began = (step: string): JournalEvent => ({ type: 'step.began', step, when: true });
const taken = (from: number, account = 'other'): JournalEvent => ({
  type: 'run.taken',
  driver: { account, host: 'h', pid: 1 },
  from,
  takeOver: true,
});

/** Every implementation of RunStore passes this (STYLE 5). */
export function runStoreContract(name: string, factory: StoreFactory): void {
  describe(`${name} keeps the contract of a run store`, () => {
    let place: StoreUnderTest;
    let store: RunStore;
    beforeEach(async () => {
      place = await factory();
      ({ store } = place.open());
    });
    afterEach(() => place.dispose());

    journalContract(() => ({ place, store }));
    keyContract(() => ({ place, store }));
    wordsContract(() => ({ place, store }));
    blobsContract(() => ({ place, store }));
  });
}

interface Given {
  readonly place: StoreUnderTest;
  readonly store: RunStore;
}

function journalContract(given: () => Given): void {
  it('is empty at first', async () => {
    const { store } = given();
    expect(await store.runs()).toEqual([]);
    await expect(store.read(RUN)).rejects.toMatchObject({ code: 'RunUnknown', exit: 'usage' });
    await expect(store.driver(RUN)).rejects.toMatchObject({ code: 'RunUnknown' });
    await expect(store.take(RUN, given().place.living, { takeOver: false })).rejects.toMatchObject({
      code: 'RunUnknown',
    });
  });

  it('shows appended lines to every reader, in order, chained and numbered', async () => {
    const { place, store } = given();
    const journal = await store.create(RUN, place.living);
    const first = await journal.append([began('a')]);
    const rest = await journal.append([began('b'), began('c')]);
    expect(first.map((line) => line.seq)).toEqual([1]);
    expect(rest.map((line) => line.seq)).toEqual([2, 3]);
    const reading = await place.open().store.read(RUN);
    expect(reading).toEqual({ run: RUN, lines: journal.lines(), dropped: [] });
    expect(reading.lines.map((line) => line.event)).toEqual([began('a'), began('b'), began('c')]);
    expect(await store.runs()).toEqual([RUN]);
  });

  it('keeps events as they were said, whatever text is in them', async () => {
    const { place, store } = given();
    const journal = await store.create(RUN, place.living);
    for (const text of ['line\nfeed', '\u2028', '雪 🏔', '\ud800 half', '"\\', '\u0000', '__proto__'])
      await journal.append([began(text)]);
    await journal.append([]);
    expect((await store.read(RUN)).lines).toEqual(journal.lines());
  });

  it('refuses a second run of one name', async () => {
    const { place, store } = given();
    await store.create(RUN, place.living);
    await expect(place.open().store.create(RUN, place.living)).rejects.toMatchObject({ code: 'RunExists' });
  });

  it('refuses names that lead elsewhere', async () => {
    const { place, store } = given();
    for (const name of ['', '.', '..', '../x', 'a/b', '/etc', '.hidden', 'a b', 'x'.repeat(200)]) {
      await expect(store.create(name, place.living)).rejects.toMatchObject({ code: 'BadName' });
      await expect(store.read(name)).rejects.toMatchObject({ code: 'RunUnknown' });
    }
  });

  it('never lets time go backwards, and says once that a clock was set back', async () => {
    const { place } = given();
    let now = Date.parse('2026-11-21T06:19:00Z');
    const { store, notices } = place.open(() => now);
    const journal = await store.create(RUN, place.living);
    await journal.append([began('a')]);
    now -= 3_600_000;
    await journal.append([began('b')]);
    await journal.append([began('c')]);
    now += 3_600_000 + 1;
    await journal.append([began('d')]);
    const { lines } = await store.read(RUN);
    expect(lines.map((line) => line.at)).toEqual([
      '2026-11-21T06:19:00.000Z',
      '2026-11-21T06:19:00.000Z',
      '2026-11-21T06:19:00.000Z',
      '2026-11-21T06:19:00.001Z',
    ]);
    expect(notices.map((notice) => notice.data['code'])).toEqual(['ClockSetBack']);
    expect(notices[0]?.data['message']).toContain('1h behind');
  });
}

function keyContract(given: () => Given): void {
  it('names the driver until the key is given back, and appends nothing afterwards', async () => {
    const { place, store } = given();
    const journal = await store.create(RUN, place.living);
    expect((await store.driver(RUN))?.driver).toEqual(place.living);
    await journal.release();
    await journal.release();
    expect(await store.driver(RUN)).toBeUndefined();
    await expect(journal.append([began('late')])).rejects.toMatchObject({ code: 'JournalReleased' });
    await journal.renew();
    expect(await store.driver(RUN)).toBeUndefined();
  });

  it('lets anybody take a key that was given back, and go on with the same chain', async () => {
    const { place, store } = given();
    const first = await store.create(RUN, place.living);
    await first.append([began('a')]);
    await first.release();
    const second = await place.open().store.take(RUN, place.living, { takeOver: false });
    expect(second.epoch).toBe(2);
    expect(second.lines()).toEqual(first.lines());
    await second.append([taken(1)]);
    expect((await store.read(RUN)).lines.map((line) => [line.seq, line.epoch])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  it('refuses a key that a living process holds, and names it', async () => {
    const { place, store } = given();
    await store.create(RUN, place.living);
    const attempt = place.open().store.take(RUN, place.living, { takeOver: false });
    await expect(attempt).rejects.toMatchObject({ code: 'DrivenByOther', exit: 'driven' });
    for (const word of [place.living.account, place.living.host, String(place.living.pid), place.living.since])
      await expect(attempt).rejects.toThrow(word);
  });

  it('takes a key whose process is provably gone', async () => {
    const { place, store } = given();
    await store.create(RUN, place.gone);
    const journal = await store.take(RUN, place.living, { takeOver: false });
    expect(journal.epoch).toBe(2);
    expect((await store.driver(RUN))?.driver).toEqual(place.living);
  });

  it('does not take silence for death: another host, another boot', async () => {
    const { place, store } = given();
    for (const [index, change] of [{ host: 'elsewhere' }, { boot: 'another' }].entries()) {
      await store.create(`run-${index}`, { ...place.gone, ...change });
      const attempt = store.take(`run-${index}`, place.living, { takeOver: false });
      await expect(attempt).rejects.toMatchObject({ code: 'DrivenByOther' });
    }
  });

  it('fences the old driver at a takeover: its next check and append fail, and what it wrote is void', async () => {
    const { place, store } = given();
    const old = await store.create(RUN, place.living);
    await old.append([began('a')]);
    const taker = await place.open().store.take(RUN, { ...place.living, account: 'taker' }, { takeOver: true });
    await taker.append([taken(1)]);
    await expect(old.append([began('late')])).rejects.toMatchObject({ code: 'Fenced', exit: 'driven' });
    await expect(old.append([began('later')])).rejects.toThrow('taker');
    await expect(old.check()).rejects.toMatchObject({ code: 'Fenced' });
    await old.renew();
    await old.release();
    expect((await store.driver(RUN))?.driver.account).toBe('taker');
    await taker.append([began('b')]);
    const reading = await store.read(RUN);
    expect(reading.lines).toEqual(taker.lines());
    expect(reading.lines.map((line) => line.event)).toEqual([began('a'), taken(1), began('b')]);
    for (const one of reading.dropped) expect(one.reason).toBe('void');
  });

  it('survives a taker that died before its first word', async () => {
    const { place, store } = given();
    const old = await store.create(RUN, place.living);
    await old.append([began('a')]);
    await store.take(RUN, place.gone, { takeOver: true });
    const third = await store.take(RUN, place.living, { takeOver: false });
    await third.append([taken(1)]);
    expect(third.epoch).toBe(3);
    expect((await store.read(RUN)).lines.map((line) => line.event)).toEqual([began('a'), taken(1)]);
  });

  it('keeps a cluster for one unfinished run', async () => {
    const { place, store } = given();
    const journal = await store.create(RUN, place.living);
    expect(await store.claimCluster('uid-1', RUN)).toBeUndefined();
    expect(await store.claimCluster('uid-1', RUN)).toBeUndefined();
    expect(await place.open().store.claimCluster('uid-1', 'second')).toEqual({ heldBy: RUN });
    expect(await store.claimCluster('uid-2', 'second')).toBeUndefined();
    await store.releaseCluster('uid-1', 'second');
    expect(await store.claimCluster('uid-1', 'second')).toEqual({ heldBy: RUN });
    await store.releaseCluster('uid-1', RUN);
    expect(await store.claimCluster('uid-1', 'second')).toBeUndefined();
    await store.releaseCluster('uid-3', RUN);
    await journal.release();
  });

  it('gives a cluster on when its run has ended and was killed before it could let go', async () => {
    const { place, store } = given();
    const journal = await store.create(RUN, place.living);
    await store.claimCluster('uid-1', RUN);
    await journal.append([{ type: 'run.ended', outcome: 'succeeded', because: '' }]);
    expect(await store.claimCluster('uid-1', 'second')).toBeUndefined();
    expect(await store.claimCluster('uid-1', RUN)).toBeUndefined();
  });
}

function wordsContract(given: () => Given): void {
  const word = (id: string, at: string): InboxWord => ({ id, at, by: 'someone', word: 'note', data: { text: id } });

  it('brings words to the driver, oldest first, each until it is taken', async () => {
    const { place, store } = given();
    await store.create(RUN, place.living);
    expect(await store.inbox(RUN)).toEqual([]);
    const other = place.open().store;
    await other.send(RUN, word('b', '2026-11-21T06:20:00.000Z'));
    await other.send(RUN, word('c', '2026-11-21T06:19:00.000Z'));
    await other.send(RUN, word('a', '2026-11-21T06:20:00.000Z'));
    expect((await store.inbox(RUN)).map((one) => one.id)).toEqual(['c', 'a', 'b']);
    await store.taken(RUN, 'c');
    await store.taken(RUN, 'c');
    expect(await store.inbox(RUN)).toEqual([
      word('a', '2026-11-21T06:20:00.000Z'),
      word('b', '2026-11-21T06:20:00.000Z'),
    ]);
  });

  it('refuses words for runs that are not there and ids that lead elsewhere', async () => {
    const { place, store } = given();
    await expect(store.send('nowhere', word('a', ''))).rejects.toMatchObject({ code: 'RunUnknown' });
    await store.create(RUN, place.living);
    await expect(store.send(RUN, word('../../x', ''))).rejects.toMatchObject({ code: 'BadName' });
    await expect(store.taken(RUN, '../key.1')).rejects.toMatchObject({ code: 'BadName' });
  });
}

function blobsContract(given: () => Given): void {
  it('keeps texts under their digest, the same text once', async () => {
    const { place, store } = given();
    for (const text of ['', 'a', 'ä\n雪 🏔', 'x'.repeat(2_000_000)]) {
      const digest = await store.blobs.put(text);
      expect(digest).toBe(digestOfText(text));
      expect(await store.blobs.put(text)).toBe(digest);
      expect(await place.open().store.blobs.get(digest)).toBe(text);
    }
  });

  it('says when a text is missing', async () => {
    const { blobs } = given().store;
    await expect(blobs.get(digestOfText('never put'))).rejects.toMatchObject({ code: 'BlobMissing' });
    await expect(blobs.get('sha256:../../etc/passwd')).rejects.toMatchObject({ code: 'BlobMissing' });
  });
}
