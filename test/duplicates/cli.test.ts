import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folder, Program, type Ended } from '../e2e/program.ts';
import { application, manifest, writeFiles, type Files } from './folder.ts';

let program: Program;

beforeAll(async () => {
  program = await Program.open();
}, 60_000);

afterAll(() => program.close());

let made = 0;

interface Document {
  readonly duplicates: {
    certainty: string;
    kind: string;
    name: string;
    occurrences: { file: string; line: number }[];
  }[];
  readonly unreadable: { file: string; line: number; reason: string }[];
  readonly ignored: { file: string; reason: string }[];
}

interface Run extends Ended {
  readonly document: () => Document;
  readonly cwd: string;
}

async function duplicates(files: Files, args: readonly string[], stdin?: string): Promise<Run> {
  const cwd = folder(program, `case-${(made += 1)}`);
  writeFiles(cwd, files);
  return duplicatesIn(cwd, args, stdin);
}

async function duplicatesIn(cwd: string, args: readonly string[], stdin?: string): Promise<Run> {
  const ended = await program.run(['duplicates', ...args], { cwd, ...(stdin !== undefined && { stdin }) });
  expect(ended.stderr).not.toMatch(/\n\s+at /);
  return { ...ended, cwd, document: () => ended.json() as Document };
}

const web = manifest('v1', 'ConfigMap', 'web', 'shop');
const other = manifest('v1', 'ConfigMap', 'web', 'shop', 'b');

/** As on the slides: one Application per environment, and a new one that kept the name of an old one. */
const ENVIRONMENTS = Array.from({ length: 40 }, (_, at) => `prod${String(at + 1).padStart(2, '0')}-us-east-1`);
const applications = [
  ...ENVIRONMENTS.map((one) => application(`influxdb-${one}`, `envs/${one}`)),
  application('influxdb-prod07-us-east-1', 'envs/prod41-eu-central-1').replace(
    'kubernetes.default.svc',
    'eu.example.com',
  ),
];

describe('the collision that began it', () => {
  const explained = (text: string): void => {
    expect(text.split('\n').length).toBeLessThan(24);
    expect(text).toContain('DUPLICATE Application argocd/influxdb-prod07-us-east-1 is redefined');
    expect(text).toContain('envs/prod07-us-east-1');
    expect(text).toContain('envs/prod41-eu-central-1');
    expect(text).toContain('RepeatedResourceWarning');
    expect(text).toMatch(/deleted at\s+the next sync/);
    expect(text).toContain('1 duplicate, 0 possible among 41 objects');
  };

  it('is found and explained on one screen, in one large file', async () => {
    const ended = await duplicates({ 'all.yaml': applications.join('---\n') }, ['all.yaml']);
    explained(ended.stdout);
    expect(ended.stdout).toMatch(/all\.yaml:109 .*\n(.*\n)*?.*all\.yaml:721 /);
    expect(ended.code).toBe(1);
  });

  it('and in one file per object', async () => {
    const files = Object.fromEntries(applications.map((text, at) => [`apps/${at}.yaml`, text]));
    const ended = await duplicates(files, ['apps']);
    explained(ended.stdout);
    expect(ended.stdout).toContain('apps/6.yaml:1');
    expect(ended.stdout).toContain('apps/40.yaml:1');
    expect(ended.code).toBe(1);
  });
});

describe('exit codes', () => {
  it('0: nothing twice, nothing unreadable', async () => {
    const ended = await duplicates({ 'a.yaml': web }, ['.', '--json']);
    expect([ended.code, ended.document().duplicates, ended.document().unreadable]).toEqual([0, [], []]);
  });

  it('1: a duplicate, unreadable input or not', async () => {
    const ended = await duplicates({ 'a.yaml': web, 'b.yaml': other, 'c.yaml': 'a: [' }, ['.', '--json']);
    expect(ended.code).toBe(1);
    expect(ended.document().duplicates).toMatchObject([
      {
        group: '',
        kind: 'ConfigMap',
        namespace: 'shop',
        name: 'web',
        certainty: 'duplicate',
        occurrences: [
          { file: 'a.yaml', line: 1 },
          { file: 'b.yaml', line: 1 },
        ],
      },
    ]);
    expect(ended.document().unreadable).toMatchObject([{ file: 'c.yaml' }]);
  });

  it('2: unreadable input', async () => {
    const ended = await duplicates({ 'a.yaml': web, 'c.yaml': '# first\na: [' }, ['.', '--json']);
    expect(ended.code).toBe(2);
    expect(ended.document().unreadable).toMatchObject([{ file: 'c.yaml', line: 2 }]);
  });

  it('0 for a copy, 1 under --strict', async () => {
    const files = { 'a.yaml': web, 'b.yaml': web };
    expect((await duplicates(files, ['.'])).code).toBe(0);
    expect((await duplicates(files, ['.', '--strict'])).code).toBe(1);
  });

  it('a possible finding fails under --strict only', async () => {
    const files = { 'a.yaml': web, 'b.yaml': manifest('v1', 'ConfigMap', 'web', undefined, 'b') };
    expect((await duplicates(files, ['.'])).code).toBe(0);
    const strict = await duplicates(files, ['.', '--strict', '--json']);
    expect(strict.code).toBe(1);
    expect(strict.document().duplicates).toMatchObject([{ certainty: 'possible', namespace: null }]);
  });

  it('2 and a next step for no input, an unknown flag, a path that is not there', async () => {
    const none = await duplicates({}, []);
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('NothingToRead');
    expect((await duplicates({ 'a.yaml': web }, ['a.yaml', '--nonsense'])).code).toBe(2);
    const missing = await duplicates({ 'a.yaml': web }, ['a.yaml', 'gone.yaml', '--json']);
    expect(missing.code).toBe(2);
    expect(missing.document().unreadable).toMatchObject([{ file: 'gone.yaml', reason: 'no such file or directory' }]);
  });

  it('2 for a directory without a manifest: it is never "nothing there"', async () => {
    const ended = await duplicates({ 'empty/readme.txt': 'x' }, ['empty', '--json']);
    expect(ended.code).toBe(2);
    expect(ended.document().unreadable[0]?.reason).toContain('holds no manifest');
  });
});

describe('where manifests come from', () => {
  it('standard input', async () => {
    const ended = await duplicates({}, ['-', '--json'], `${web}---\n${other}`);
    expect(ended.code).toBe(1);
    expect(ended.document().duplicates[0]?.occurrences).toMatchObject([
      { file: '(standard input)', line: 1 },
      { file: '(standard input)', line: 9 },
    ]);
  });

  it('standard input beside files', async () => {
    const ended = await duplicates({ 'a.yaml': web }, ['a.yaml', '-', '--json'], other);
    expect(ended.document().duplicates[0]?.occurrences.map(({ file }) => file)).toEqual(['a.yaml', '(standard input)']);
  });

  it('a pipe that is named, as the shell makes one of <(kustomize build x)', async () => {
    const cwd = folder(program, 'named-pipe');
    writeFiles(cwd, { 'a.yaml': web, 'b.yaml': `---\n${other}` });
    const words = [process.execPath, program.bin].map((word) => `'${word}'`).join(' ');
    const script = `cat a.yaml b.yaml | ${words} duplicates /dev/stdin --json`;
    const { exitCode, stdout } = await execa('sh', ['-c', script], { cwd, env: program.env, reject: false });
    expect([exitCode, (JSON.parse(stdout) as Document).duplicates.length]).toEqual([1, 1]);
  });

  it('patterns that the shell left alone', async () => {
    const files = { 'x/a.yaml': web, 'y/deep/b.yaml': other, 'y/c.txt': other };
    const ended = await duplicates(files, ['**/*.yaml', '--json']);
    expect(ended.document().duplicates[0]?.occurrences.map(({ file }) => file)).toEqual(['x/a.yaml', 'y/deep/b.yaml']);
    expect((await duplicates(files, ['**/*.nothing', '--json'])).document().unreadable[0]?.reason).toBe(
      'matches no file',
    );
  });

  it('the same file in two ways is read once', async () => {
    const ended = await duplicates({ 'd/a.yaml': web }, ['d', 'd/a.yaml', './d/../d/a.yaml', '--strict', '--json']);
    expect([ended.code, ended.document().duplicates]).toEqual([0, []]);
  });

  it('directories without .git and node_modules', async () => {
    const files = { 'a.yaml': web, '.git/b.yaml': other, 'x/node_modules/y/c.yaml': other, '.hidden/d.yaml': other };
    const ended = await duplicates(files, ['.', '--json']);
    expect(ended.document().duplicates[0]?.occurrences.map(({ file }) => file)).toEqual(['.hidden/d.yaml', 'a.yaml']);
  });

  it('no link out of what was given: it is named; a link within is met under its own name', async () => {
    const cwd = folder(program, 'links');
    writeFiles(cwd, { 'in/a.yaml': web, 'in/deep/c.txt': 'x', 'out/b.yaml': other });
    symlinkSync(join(cwd, 'out/b.yaml'), join(cwd, 'in/out.yaml'));
    symlinkSync(join(cwd, 'out'), join(cwd, 'in/outside'));
    symlinkSync('a.yaml', join(cwd, 'in/again.yaml'));
    symlinkSync('..', join(cwd, 'in/deep/up'));
    symlinkSync('nothing.yaml', join(cwd, 'in/broken.yaml'));
    symlinkSync('loop.yaml', join(cwd, 'in/loop.yaml'));
    const ended = await duplicatesIn(cwd, ['in', '--strict', '--json']);
    const { duplicates: found, unreadable, ignored } = ended.document();
    expect(found).toEqual([]);
    expect(unreadable.map(({ file }) => file)).toEqual(['in/broken.yaml', 'in/loop.yaml', 'in/out.yaml']);
    expect(unreadable[2]?.reason).toContain('outside of what was given');
    expect(ignored.map(({ file }) => file)).toEqual(['in/outside']);
    expect(ended.code).toBe(2);
  });

  it('a pipe that is called like a manifest is passed by, and nothing hangs', async () => {
    const cwd = folder(program, 'pipes');
    writeFiles(cwd, { 'a.yaml': web });
    mkdirSync(join(cwd, 'dir.yaml'));
    const { execFileSync } = await import('node:child_process');
    execFileSync('mkfifo', [join(cwd, 'pipe.yaml')]);
    expect((await duplicatesIn(cwd, ['.', '--json'])).code).toBe(0);
  });

  it('roots, by --root', async () => {
    const files = {
      'eu/a.yaml': `${web}---\n${application('x', 'eu')}`,
      'us/b.yaml': `${other}---\n${application('x', 'us')}`,
    };
    const roots = ['--root', 'eu', '--root', 'us', '--json'];
    expect((await duplicates(files, roots)).document().duplicates).toEqual([]);
    const one = await duplicates(files, [...roots, '--argocd-namespace', 'argocd']);
    expect(one.code).toBe(1);
    expect(one.document().duplicates).toMatchObject([{ kind: 'Application', name: 'x' }]);
  });

  it('--namespace fills in', async () => {
    const files = { 'a.yaml': web, 'b.yaml': manifest('v1', 'ConfigMap', 'web', undefined, 'b') };
    expect((await duplicates(files, ['.', '--namespace', 'shop'])).code).toBe(1);
    expect((await duplicates(files, ['.', '--namespace', 'elsewhere'])).code).toBe(0);
  });
});

describe('the text', () => {
  it('says what was not rendered, and how to', async () => {
    const ended = await duplicates({ 'o/kustomization.yaml': 'resources: [a.yaml]\n', 'o/a.yaml': web }, ['.']);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain('kustomize build o | drctl duplicates -');
  });

  it('names unreadable files with their lines, and stays short with hundreds', async () => {
    const files = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`${at}.yaml`, 'x: 1\na: [']));
    const ended = await duplicates(files, ['.']);
    expect(ended.code).toBe(2);
    expect(ended.stdout).toContain('UNREADABLE 0.yaml:2');
    expect(ended.stdout).toContain('290 more');
    expect(ended.stdout.split('\n').length).toBeLessThan(30);
  });

  it('holds no control sequence of a hostile name', async () => {
    const hostile = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "a\\e[31m\\u0007b", namespace: x}\n`;
    const ended = await duplicates({ 'a.yaml': hostile, 'b.yaml': `${hostile}data: {}\n` }, ['.']);
    expect(ended.code).toBe(1);
    expect(ended.stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});
