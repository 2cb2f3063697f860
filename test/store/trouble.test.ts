import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DrctlError } from '../../src/model/errors.ts';
import type { JournalEvent } from '../../src/model/journal.ts';
import { thisDriver } from '../../src/store/driver.ts';
import { openLocal } from './place.ts';

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url));
const began: JournalEvent = { type: 'step.began', step: 'x'.repeat(1_000), when: true };
/** Of the system; where they are missing, the tests that need them are left out. */
const TOOLS = { mount: 'mount', umount: 'umount', unshare: 'unshare' };
const isRoot = process.getuid?.() === 0;

function canMount(): boolean {
  if (!isRoot || process.platform !== 'linux') return false;
  const probe = spawnSync(TOOLS.unshare, ['-m', TOOLS.mount, '-t', 'tmpfs', 'tmpfs', tmpdir()]);
  return probe.status === 0;
}

describe('a store in trouble', () => {
  let above: string;
  let mounted: boolean;
  beforeEach(() => {
    above = mkdtempSync(join(tmpdir(), 'drctl-trouble-'));
    mounted = false;
  });
  afterEach(() => {
    if (mounted) execFileSync(TOOLS.umount, ['-l', above]);
    rmSync(above, { recursive: true, force: true });
  });
  const mount = (...options: string[]): void => {
    execFileSync(TOOLS.mount, [...options, above]);
    mounted = true;
  };
  const caught = (work: Promise<unknown>): Promise<DrctlError> =>
    work.then(
      () => Promise.reject(new Error('nothing was thrown')),
      (error: unknown) => error as DrctlError,
    );

  it.runIf(canMount())(
    'says that the disk is full, loses nothing, and goes on when there is space (tmpfs)',
    async () => {
      mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs');
      const directory = join(above, 'state');
      const { store } = openLocal(directory);
      const journal = await store.create('r', { ...thisDriver(0), processStart: '1' });
      let error: DrctlError | undefined;
      for (let count = 0; count < 200 && !error; count += 1)
        error = await journal.append([began, began]).then(
          () => undefined,
          (e: unknown) => e as DrctlError,
        );
      expect(error).toMatchObject({ code: 'StoreFull', blame: 'target', exit: 'failed' });
      expect(error?.message).toContain('journal.1.jsonl: no space left');
      expect(error?.nextSteps[0]).toContain('free some space');
      await expect(journal.append([began])).rejects.toMatchObject({ code: 'StoreFull' });
      await expect(journal.check()).rejects.toMatchObject({ code: 'StoreFull' });
      expect(await caught(store.blobs.put('x'.repeat(10_000)))).toMatchObject({ code: 'StoreFull' });
      const full = await store.read('r');
      expect(full.lines).toEqual(journal.lines());
      expect(full.lines.length).toBeGreaterThan(20);
      execFileSync(TOOLS.mount, ['-o', 'remount,size=1m', above]);
      const again = await store.take('r', thisDriver(0), { takeOver: false });
      expect(again.lines()).toEqual(journal.lines());
      await again.append([began]);
      expect((await store.read('r')).lines).toHaveLength(journal.lines().length + 1);
      await again.release();
    },
  );

  it('says so when the file may not grow any further, and loses nothing (ulimit -f in a child)', async () => {
    const script = 'ulimit -f 16; exec "$0" "$@"';
    const args = ['-c', script, process.execPath, CHILD, 'fill', above, 'r', '1000'];
    const { stdout } = spawnSync('sh', args, { encoding: 'utf8' });
    const said = stdout.trim().split('\n');
    expect(said.at(-1)).toBe('StoreFull');
    const { lines, dropped } = await openLocal(above).store.read('r');
    expect(lines).toHaveLength(said.length - 1);
    expect(dropped).toMatchObject([{ line: said.length, reason: 'torn' }]);
  });

  it.runIf(canMount())('says that the file system is read-only (remounted under a driver)', async () => {
    mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs');
    const { store } = openLocal(above);
    const journal = await store.create('r', { ...thisDriver(0), processStart: '1' });
    await journal.append([began]);
    await journal.release();
    execFileSync(TOOLS.mount, ['-o', 'remount,ro', above]);
    const attempts = [
      () => store.take('r', thisDriver(0), { takeOver: false }),
      () => store.create('s', thisDriver(0)),
      () => store.blobs.put('x'),
      () => store.claimCluster('uid', 'r'),
      () => store.send('r', { id: 'w', at: '', by: '', word: 'pause', data: null }),
    ];
    for (const attempt of attempts) expect(await caught(attempt())).toMatchObject({ code: 'StoreReadOnly' });
    expect((await store.read('r')).lines).toHaveLength(1);
    expect(await store.runs()).toEqual(['r']);
  });

  it.runIf(isRoot)('says that it may not write or read (a child with a dropped uid)', () => {
    const directory = join(above, 'state');
    mkdirSync(directory, { mode: 0o755 });
    chmodSync(above, 0o755);
    const fill = (): string =>
      spawnSync(process.execPath, [CHILD, 'fill', directory, 'r', '1'], { uid: 65_534, gid: 65_534, encoding: 'utf8' })
        .stdout;
    expect(fill()).toBe('StoreReadOnly\n');
    chmodSync(directory, 0o000);
    expect(fill()).toBe('StoreReadOnly\n');
    chownSync(directory, 0, 0);
  });
});
