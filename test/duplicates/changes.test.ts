import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folder, Program, type Ended } from '../e2e/program.ts';
import { application, manifest, writeFiles, type Files } from './folder.ts';

let program: Program;

beforeAll(async () => {
  program = await Program.open();
}, 60_000);

afterAll(() => program.close());

let made = 0;

function git(cwd: string, ...args: string[]): void {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false'];
  execFileSync('git', [...identity, ...args], { cwd, stdio: 'pipe', env: { PATH: process.env['PATH'], HOME: cwd } });
}

/** A repository with `before` committed and `after` on the disk. */
function repository(before: Files, after: Files, removed: readonly string[] = []): string {
  const cwd = folder(program, `repository-${(made += 1)}`);
  git(cwd, 'init', '-q', '-b', 'main');
  writeFiles(cwd, before);
  git(cwd, 'add', '-A');
  git(cwd, 'commit', '-q', '-m', 'before');
  for (const file of removed) unlinkSync(join(cwd, file));
  writeFiles(cwd, after);
  return cwd;
}

interface Changes {
  readonly changes: {
    readonly identity: {
      before: { name: string; namespace: string | null };
      after: { name: string; namespace: string | null };
    }[];
    readonly applications: { name: string; before: { source: string }; after: { source: string }; prunes: boolean }[];
    readonly wouldDelete: {
      kind: string;
      name: string;
      file: string;
      because: string;
      takes: string | null;
      guard: string | null;
    }[];
  };
}

async function since(cwd: string, ...args: string[]): Promise<Ended & { changes: Changes['changes'] }> {
  const ended = await program.run(['duplicates', '.', '--changed-since', 'HEAD', '--json', ...args], { cwd });
  expect([ended.stderr, [0, 1, 2].includes(ended.code ?? -1)]).toEqual(['', true]);
  return { ...ended, changes: (ended.json() as Changes).changes };
}

const web = manifest('v1', 'ConfigMap', 'web', 'shop');

describe('the pull request of 2022', () => {
  const before: Files = {
    'apps.yaml': application('influxdb-prod07', 'envs/prod07'),
    'envs/prod07/storage.yaml': manifest('v1', 'PersistentVolumeClaim', 'data-0', 'influxdb'),
    'envs/prod07/namespace.yaml': manifest('v1', 'Namespace', 'influxdb'),
  };
  const added: Files = {
    'apps.yaml': `${application('influxdb-prod07', 'envs/prod07')}---\n${application('influxdb-prod07', 'envs/prod41')}`,
    'envs/prod41/namespace.yaml': manifest('v1', 'Namespace', 'influxdb'),
  };

  it('only added YAML, and this is what it would have deleted', async () => {
    const { changes, code } = await since(repository(before, added));
    expect(code).toBe(1);
    expect(changes.applications).toMatchObject([
      {
        name: 'influxdb-prod07',
        before: { source: 'https://git.example.com/deploy.git envs/prod07 @ main' },
        after: { source: 'https://git.example.com/deploy.git envs/prod41 @ main' },
        prunes: true,
      },
    ]);
    expect(changes.wouldDelete).toMatchObject([
      {
        kind: 'PersistentVolumeClaim',
        name: 'data-0',
        file: 'envs/prod07/storage.yaml',
        takes: expect.stringContaining('volume'),
      },
    ]);
  });

  it('is told to a person on one screen', async () => {
    const ended = await program.run(['duplicates', '.', '--changed-since', 'HEAD'], { cwd: repository(before, added) });
    expect(ended.stdout).toContain('REDIRECTED Application argocd/influxdb-prod07');
    expect(ended.stdout).toContain('An Argo CD with prune would delete 1 of what was there at HEAD');
    expect(ended.stdout.split('\n').length).toBeLessThan(32);
  });
});

describe('what changes identity', () => {
  const cases: [title: string, before: Files, after: Files, removed: string[], found: string[]][] = [
    ['nothing does', { 'a.yaml': web }, { 'b.yaml': manifest('v1', 'Secret', 's', 'x') }, [], []],
    [
      'another version does not',
      { 'a.yaml': manifest('autoscaling/v1', 'HorizontalPodAutoscaler', 'a', 'x') },
      { 'a.yaml': manifest('autoscaling/v2', 'HorizontalPodAutoscaler', 'a', 'x') },
      [],
      [],
    ],
    [
      'another group of the same storage does not',
      { 'a.yaml': manifest('extensions/v1beta1', 'Ingress', 'a', 'x') },
      { 'a.yaml': manifest('networking.k8s.io/v1', 'Ingress', 'a', 'x') },
      [],
      [],
    ],
    ['another content does not', { 'a.yaml': web }, { 'a.yaml': `${web}data: {a: b}\n` }, [], []],
    ['another file does not', { 'a.yaml': web }, { 'b.yaml': web }, ['a.yaml'], []],
    [
      'another namespace does',
      { 'a.yaml': web },
      { 'a.yaml': manifest('v1', 'ConfigMap', 'web', 'new') },
      [],
      ['shop/web -> new/web'],
    ],
    [
      'another name in the same place does',
      { 'a.yaml': web },
      { 'a.yaml': manifest('v1', 'ConfigMap', 'site', 'shop') },
      [],
      ['shop/web -> shop/site'],
    ],
    [
      'of two candidates none is guessed',
      { 'a.yaml': `${web}---\n${manifest('v1', 'ConfigMap', 'api', 'shop')}` },
      { 'b.yaml': `${manifest('v1', 'ConfigMap', 'x', 'shop')}---\n${manifest('v1', 'ConfigMap', 'y', 'shop')}` },
      ['a.yaml'],
      [],
    ],
    [
      'a kustomization that takes a file up does not',
      { 'a.yaml': web },
      { 'kustomization.yaml': 'resources: [a.yaml]\n' },
      [],
      [],
    ],
  ];
  it.each(cases)('%s', async (_title, before, after, removed, found) => {
    const { changes } = await since(repository(before, after, removed));
    const label = (one: { name: string; namespace: string | null }) => `${one.namespace}/${one.name}`;
    expect(changes.identity.map((one) => `${label(one.before)} -> ${label(one.after)}`)).toEqual(found);
  });

  it('fails under --strict only', async () => {
    const cwd = repository({ 'a.yaml': web }, { 'a.yaml': manifest('v1', 'ConfigMap', 'site', 'shop') });
    expect((await since(cwd)).code).toBe(0);
    expect((await since(cwd, '--strict')).code).toBe(1);
  });
});

describe('what a prune deletes', () => {
  const guarded = (option: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: g-${option.toLowerCase().replace('=', '-')}\n  annotations: {argocd.argoproj.io/sync-options: "Validate=false, ${option}"}\n`;

  it('is what has gone, with what goes with it and what its annotations say', async () => {
    const before = {
      'ns.yaml': manifest('v1', 'Namespace', 'shop'),
      'app.yaml': application('shop', 'x').replace(
        '  name:',
        '  finalizers: [resources-finalizer.argocd.argoproj.io]\n  name:',
      ),
      'f.yaml': guarded('Prune=false'),
      'c.yaml': guarded('Prune=confirm'),
      'stays.yaml': web,
    };
    const { changes } = await since(repository(before, {}, ['ns.yaml', 'app.yaml', 'f.yaml', 'c.yaml']));
    expect(changes.wouldDelete.map(({ kind, takes, guard }) => [kind, takes, guard])).toEqual([
      ['Application', 'everything that it deployed: it has the resources finalizer', null],
      ['ConfigMap', null, 'Prune=confirm'],
      ['ConfigMap', null, 'Prune=false'],
      ['Namespace', 'everything in it', null],
    ]);
  });

  it('another destination of an Application is told; what it deployed is not called deleted', async () => {
    const there = application('shop', 'x').replace('namespace: influxdb', 'namespace: other');
    const { changes } = await since(repository({ 'a.yaml': application('shop', 'x') }, { 'a.yaml': there }));
    expect(changes.applications).toMatchObject([
      {
        before: { destination: expect.stringContaining('influxdb') },
        after: { destination: expect.stringContaining('other') },
      },
    ]);
    expect(changes.wouldDelete).toEqual([]);
  });

  it('another targetRevision is no redirection', async () => {
    const moved = application('shop', 'x').replace('targetRevision: main', 'targetRevision: v2');
    expect(
      (await since(repository({ 'a.yaml': application('shop', 'x') }, { 'a.yaml': moved }))).changes.applications,
    ).toEqual([]);
  });
});

describe('git', () => {
  it('two revisions, whatever lies on the disk', async () => {
    const cwd = repository({ 'a.yaml': web }, { 'a.yaml': manifest('v1', 'ConfigMap', 'site', 'shop') });
    git(cwd, 'commit', '-q', '-a', '-m', 'after');
    rmSync(join(cwd, 'a.yaml'));
    const ended = await program.run(['duplicates', '.', '--changed-since', 'HEAD~1..HEAD', '--json'], { cwd });
    const { changes } = ended.json() as Changes;
    expect([ended.code, changes.identity.length]).toEqual([0, 1]);
  });

  it('from a folder below, from elsewhere, by pattern and by file: the same selection on both sides', async () => {
    const cwd = repository(
      { 'x/deep/a.yaml': web, 'other/b.yaml': manifest('v1', 'Secret', 's', 'x') },
      { 'x/deep/a.yaml': manifest('v1', 'ConfigMap', 'site', 'shop') },
      ['other/b.yaml'],
    );
    const places: [string, string][] = [
      [join(cwd, 'x'), '.'],
      [join(cwd, 'x'), 'deep/a.yaml'],
      [cwd, 'x/**/*.yaml'],
      [program.home, join(cwd, 'x')],
      [join(cwd, 'other', '..'), 'x/deep'],
    ];
    for (const [from, path] of places) {
      const ended = await program.run(['duplicates', path, '--changed-since', 'HEAD', '--json'], { cwd: from });
      const { changes } = ended.json() as Changes;
      expect([path, changes.identity.length, changes.wouldDelete.map((one) => one.kind)]).toEqual([
        path,
        1,
        ['ConfigMap'],
      ]);
    }
  });

  it('names with spaces, quotes and letters of any alphabet', async () => {
    const name = 'ä b"c\'\n日.yaml';
    const { changes } = await since(
      repository({ [name]: web }, { [name]: manifest('v1', 'ConfigMap', 'site', 'shop') }),
    );
    expect(changes.identity).toHaveLength(1);
  });

  it('links of the revision are not followed', async () => {
    const cwd = folder(program, 'git-links');
    writeFiles(cwd, { 'a.yaml': web });
    symlinkSync('/etc/hosts', join(cwd, 'l.yaml'));
    git(cwd, 'init', '-q', '-b', 'main');
    git(cwd, 'add', '-A');
    git(cwd, 'commit', '-q', '-m', 'x');
    rmSync(join(cwd, 'l.yaml'));
    expect((await since(cwd)).code).toBe(0);
  });

  it('nothing of the repository is executed: no hook, no filter, no textconv, no fsmonitor', async () => {
    const cwd = repository({ 'a.yaml': web, '.gitattributes': '*.yaml filter=evil diff=evil\n' }, {});
    const trap = join(cwd, '.git', 'trap.sh');
    writeFiles(cwd, { '.git/trap.sh': `#!/bin/sh\necho ran >> ${join(cwd, 'ran')}\ncat\n` });
    chmodSync(trap, 0o755);
    for (const key of [
      'filter.evil.smudge',
      'filter.evil.clean',
      'diff.evil.textconv',
      'core.fsmonitor',
      'core.pager',
      'diff.external',
    ])
      git(cwd, 'config', key, trap);
    rmSync(join(cwd, 'ran'), { force: true });
    await since(cwd);
    expect(existsSync(join(cwd, 'ran'))).toBe(false);
    expect(readFileSync(trap, 'utf8')).toContain('echo ran');
  });

  it.each([
    ['no-such-revision', 'UnknownRevision'],
    ['--output=/tmp/x', 'RevisionRange'],
    ['A...B', 'RevisionRange'],
    ['HEAD..no-such', 'UnknownRevision'],
    ['', 'RevisionRange'],
  ])('%j is bad usage: %s', async (revision, code) => {
    const cwd = repository({ 'a.yaml': web }, {});
    const ended = await program.run(['duplicates', '.', `--changed-since=${revision}`, '--json'], { cwd });
    expect(ended.code).toBe(2);
    expect(ended.json()).toMatchObject({ error: { code, blame: 'user' } });
  });

  it('outside of a repository it says so', async () => {
    const cwd = folder(program, 'nowhere');
    writeFiles(cwd, { 'a.yaml': web });
    const ended = await program.run(['duplicates', '.', '--changed-since', 'HEAD', '--json'], { cwd });
    expect([ended.code, ended.json()]).toMatchObject([2, { error: { code: 'NotARepository' } }]);
  });
});
