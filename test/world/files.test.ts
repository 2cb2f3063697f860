import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { readFiles } from '../../src/world/files.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'drctl-files-'));
});

function write(path: string, text = path): string {
  const file = join(dir, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const namesOf = async (path: string) => (await readFiles(path)).map((file) => file.path.slice(dir.length + 1));

test('manifests only, at any depth, sorted by path', async () => {
  for (const path of ['b.yaml', 'a/z.yml', 'a/b.json', 'README.md', '.hidden.yaml', 'a/run.sh']) write(path);
  expect(await namesOf(dir)).toEqual(['.hidden.yaml', 'a/b.json', 'a/z.yml', 'b.yaml']);
});

test('one file is itself, whatever it is called', async () => {
  expect(await readFiles(write('manifest.txt', 'text'))).toEqual([{ path: join(dir, 'manifest.txt'), text: 'text' }]);
});

test('what a run has pinned goes before what stands on the disk by now', async () => {
  const file = write('a.yaml', 'changed since');
  write('added.yaml');
  const pinned = new Map([
    [file, 'as approved'],
    ['/elsewhere/b.yaml', 'not here'],
  ]);
  expect(await readFiles(dir, pinned)).toEqual([{ path: file, text: 'as approved' }]);
  expect(await readFiles(`${dir}/`, pinned)).toEqual([{ path: file, text: 'as approved' }]);
});

test('a directory whose name only begins alike is another one', async () => {
  const file = write('app-old/a.yaml', 'old');
  write('app/a.yaml', 'new');
  expect(await readFiles(join(dir, 'app'), new Map([[file, 'pinned']]))).toMatchObject([{ text: 'new' }]);
});

test('a link within is followed, one that leads out is refused by name', async () => {
  write('data/a.yaml', 'inside');
  symlinkSync(join(dir, 'data', 'a.yaml'), join(dir, 'data', 'link.yaml'));
  expect((await readFiles(join(dir, 'data'))).map(({ text }) => text)).toEqual(['inside', 'inside']);
  symlinkSync('/etc/passwd', join(dir, 'data', 'out.yaml'));
  await expect(readFiles(join(dir, 'data'))).rejects.toMatchObject({ code: 'LinkLeadsOut', blame: 'user' });
});

test('links in a circle end', async () => {
  write('a/x.yaml');
  symlinkSync(join(dir, 'a'), join(dir, 'a', 'again'));
  expect(await namesOf(join(dir, 'a'))).toEqual(['a/x.yaml']);
});

test.each([
  ['is not there', () => join(dir, 'nothing')],
  [
    'holds bytes that are no UTF-8',
    () => {
      writeFileSync(join(dir, 'a.yaml'), Buffer.from([0xff, 0xfe, 0x00]));
      return dir;
    },
  ],
  [
    'is a broken link',
    () => {
      symlinkSync(join(dir, 'gone'), join(dir, 'a.yaml'));
      return dir;
    },
  ],
])('what %s cannot be read, and is not taken for nothing', async (_, path) => {
  await expect(readFiles(path())).rejects.toMatchObject({ code: 'FilesUnreadable', blame: 'user' });
});

test('a file beyond all measure is refused', async () => {
  write('huge.yaml', 'x'.repeat(5 * 1024 ** 2));
  await expect(readFiles(dir)).rejects.toMatchObject({ code: 'FilesTooLarge' });
});
