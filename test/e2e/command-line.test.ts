import { fileURLToPath } from 'node:url';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { assertCode, Program, type Ended, type RunOptions } from './program.ts';
import { errorShape, statusShape } from './shapes.ts';

let program: Program;

beforeAll(async () => {
  program = await Program.open();
}, 60_000);

afterAll(() => program.close());

function run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return program.run(args, options);
}

const STACK = /^\s+at .+[(:]/m;

/** An error as scripts see it: small, whole, and without a stack trace or the program's own configuration in it. */
async function errorOf(args: readonly string[], code: number): Promise<ReturnType<typeof errorShape.parse>['error']> {
  const found = await run([...args, '--json']);
  assertCode(found, code);
  expect(found.stdout.length).toBeLessThan(6_000);
  expect(found.stdout + found.stderr).not.toMatch(STACK);
  return errorShape.parse(found.json()).error;
}

test('--version is the version of the package and of the Node that runs it', async () => {
  const { version } = JSON.parse(readFileSync(join(program.root, 'package.json'), 'utf8')) as { version: string };
  const found = await run(['--version']);
  assertCode(found, 0);
  expect(found.stdout).toContain(version);
});

test('--help names the commands and topics, and says nothing on stderr', async () => {
  const found = await run(['--help']);
  assertCode(found, 0);
  for (const word of ['plan', 'run', 'resume', 'drill', 'sandbox', 'target', 'runbook'])
    expect(found.stdout).toContain(word);
  expect(found.stderr).toBe('');
});

test('drctl --help | head -1 ends calmly', () => {
  const script = `"${process.execPath}" "${program.bin}" --help | head -1; echo "codes \${PIPESTATUS[*]}"`;
  const text = execFileSync('bash', ['-c', `${script} 2>&1`], { env: program.env, encoding: 'utf8' });
  expect(text.trim().split('\n').at(-1)).toBe('codes 0 0');
  expect(text).not.toMatch(STACK);
});

test('plain `drctl` prints the help', async () => {
  const found = await run([]);
  assertCode(found, 0);
  expect(found.stdout).toContain('COMMANDS');
});

interface Manifest {
  readonly commands: Readonly<Record<string, unknown>>;
}

test('every command loads and prints its help', { timeout: 60_000 }, async () => {
  const manifest = JSON.parse(readFileSync(join(program.root, 'oclif.manifest.json'), 'utf8')) as Manifest;
  const ids = Object.keys(manifest.commands);
  expect(ids.length).toBeGreaterThan(25);
  for (const id of ids) {
    const found = await run([...id.split(':'), '--help']);
    assertCode(found, 0);
    expect(found.stdout).toContain('USAGE');
  }
});

test('words of consent have no environment variable', () => {
  const manifest = readFileSync(join(program.root, 'oclif.manifest.json'), 'utf8');
  const { commands } = JSON.parse(manifest) as {
    commands: Record<string, { flags: Record<string, { env?: string }> }>;
  };
  const consent = ['yes', 'yes-on', 'take-over', 'alongside', 'override', 'because', 'accept-definition'];
  for (const command of Object.values(commands))
    for (const flag of consent) expect(command.flags[flag]?.env).toBeUndefined();
});

test.each([
  [['plann']],
  [['sandbox', 'strat']],
  [['plan']],
  [['plan', 'namespace-deleted', '--no-such-flag']],
  [['plan', 'namespace-deleted', '--format', 'pdf']],
  [['run', 'namespace-deleted', 'too', 'many']],
])('bad usage %j is exit 2 with one small document', async (args) => {
  const error = await errorOf(args, 2);
  expect(error.blame).toBe('user');
  expect(error.nextSteps).not.toEqual([]);
});

test('a mistyped command or target names the nearest one', async () => {
  expect((await run(['plann', 'x'])).stderr).toMatch(/plan/);
  const config = join(program.home, 'near.yaml');
  writeFileSync(
    config,
    'apiVersion: drctl/v1\ntargets: {staging: {class: staging, cluster: {kubeconfig: ./kubeconfig, context: a}}}\n',
  );
  const error = await errorOf(['plan', 'namespace-deleted', '--target', 'stagin', '--config', config], 2);
  expect(error).toMatchObject({ code: 'UnknownTarget', message: expect.stringContaining('"staging"') as string });
});

test('without a sandbox and without targets it says how to get one', async () => {
  const error = await errorOf(['plan', 'namespace-deleted'], 2);
  expect(error).toMatchObject({
    code: 'NoSandbox',
    nextSteps: expect.arrayContaining(['drctl sandbox start']) as string[],
  });
});

test('an unknown runbook, run or scenario is exit 2', async () => {
  expect(await errorOf(['runbook', 'show', 'nothing'], 2)).toMatchObject({ code: 'RunbookNotFound' });
  expect(await errorOf(['status', '20261121-none'], 2)).toMatchObject({ code: 'RunUnknown' });
  expect(await errorOf(['report', '20261121-none'], 2)).toMatchObject({ code: 'RunUnknown' });
  expect(await errorOf(['resume'], 2)).toMatchObject({ code: 'NoRun' });
  expect(await errorOf(['drill', 'earthquake'], 2)).toMatchObject({ code: 'UnknownScenario' });
});

test('a broken configuration is named with its position', async () => {
  const config = join(program.home, 'broken.yaml');
  writeFileSync(config, 'apiVersion: drctl/v1\ntargets:\n  a:\n    class: nowhere\n');
  const error = await errorOf(['target', 'list', '--config', config], 2);
  expect(error).toMatchObject({ code: 'InvalidConfig', at: { file: config, line: 4 } });
});

test('a runbook with errors gives all of them with file:line:column, on validate, plan and run alike', async () => {
  const file = join(program.home, 'wrong.yaml');
  writeFileSync(
    file,
    [
      'apiVersion: drctl/v1',
      'kind: Runbook',
      'metadata: {name: wrong, title: Wrong}',
      'phases:',
      '  - id: one',
      '    steps:',
      '      - {id: a, uses: pv/retian, with: {namespace: shop}}',
      '      - {id: a, uses: pv/retain, with: {namespace: "${{ params.nope }}"}}',
    ].join('\n'),
  );
  for (const args of [
    ['runbook', 'validate', file],
    ['plan', file],
    ['run', file, '--yes'],
  ]) {
    const found = await run(args, { env: { DRCTL_STATE: join(program.home, 'none') } });
    assertCode(found, 2);
    const text = found.stdout + found.stderr;
    expect(text).toMatch(/wrong\.yaml:7:\d+/);
    expect(text).toMatch(/wrong\.yaml:8:\d+/);
    expect(text).toContain('pv/retain');
    expect(text).not.toMatch(STACK);
  }
});

test('every broken runbook of the parser tests is exit 2 without a stack trace', { timeout: 60_000 }, async () => {
  const folder = new URL('../runbook/broken/', import.meta.url).pathname;
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  expect(files.length).toBeGreaterThanOrEqual(30);
  // The whole program for a sample of them: each kind of problem has its own test beside the parser.
  for (const name of files.filter((_, index) => index % 6 === 0)) {
    const error = await errorOf(['runbook', 'validate', join(folder, name)], 2);
    expect(error).toMatchObject({ code: 'InvalidRunbook', blame: 'user' });
    expect(error.at?.file).toContain(name.replace(/-broken|-missing/, '').slice(0, 4));
  }
});

test('sandbox status and stop where none runs are answers, not errors', async () => {
  const state = join(program.home, 'empty');
  const status = await run(['sandbox', 'status', '--json', '--state', state]);
  assertCode(status, 0);
  expect(statusShape.parse(status.json())).toMatchObject({ running: false, pid: null });
  assertCode(await run(['sandbox', 'stop', '--state', state]), 0);
});

test('runs where there is no state yet is an empty list', async () => {
  const found = await run(['runs', '--json', '--state', join(program.home, 'nothing-yet')]);
  assertCode(found, 0);
  expect(found.json()).toEqual([]);
});

test('a state that is neither a directory nor an address in S3 is named', async () => {
  for (const [state, why] of [
    ['gs://bucket/prefix', 'neither a directory nor s3://bucket/prefix'],
    ['s3://B/prefix', 'cannot be the name of a bucket'],
    ['s3://bucket/prefix?consent=yes', 'consent=yes'],
  ] as const)
    expect(await errorOf(['runs', '--state', state], 2)).toMatchObject({
      code: 'BadState',
      message: expect.stringContaining(why) as string,
    });
});

test('a plan without a cluster: --offline needs no target', async () => {
  const found = await run(['plan', 'namespace-deleted', '--offline']);
  assertCode(found, 0);
  expect(found.stdout).toContain('rebind');
});

test('--offline with --json is one document, in which nothing is known', async () => {
  const found = await run(['plan', 'namespace-deleted', '--offline', '--json']);
  assertCode(found, 0);
  const { summary, phases } = JSON.parse(found.stdout) as {
    summary: { unknown: number };
    phases: { steps: { effect: string }[] }[];
  };
  const effects = phases.flatMap((phase) => phase.steps.map((step) => step.effect));
  expect(new Set(effects)).toEqual(new Set(['unknown']));
  expect(summary.unknown).toBe(effects.length);
});

const RBAC = ['target', 'rbac', '--runbook', 'namespace-deleted', '--param', 'namespace=shop', '--json', '--param'];

const MANIFESTS = fileURLToPath(new URL('../../runbooks/scenarios/namespace-deleted/manifests', import.meta.url));

interface Roles {
  roles: { rules?: { apiGroups: string[]; resources: string[]; verbs: string[] }[] }[];
}

test('target rbac asks for the kinds of the manifests, and for no Secrets and no wildcard', async () => {
  const found = await run([...RBAC, `manifests=${MANIFESTS}`]);
  assertCode(found, 0);
  const rules = (JSON.parse(found.stdout) as Roles).roles.flatMap((role) => role.rules ?? []);
  const named = rules.flatMap((rule) => rule.resources);
  expect(named).toEqual(expect.arrayContaining(['persistentvolumes', 'statefulsets', 'serviceaccounts']));
  expect(named).not.toContain('*');
  expect(named).not.toContain('secrets');
  const deletes = rules.filter((rule) => rule.verbs.includes('delete'));
  // hasty claims, within the budget, and nothing else
  expect(deletes.map((rule) => rule.resources)).toEqual([['persistentvolumeclaims']]);
  const leases = rules.filter((rule) => rule.resources.includes('leases'));
  expect(leases).toEqual([
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames: ['drctl'], verbs: ['get', 'patch'] },
  ]);
  expect(found.stderr).toBe('');
});

test('target rbac asks for the way through the API server where a check takes it', async () => {
  const healthUrl = 'cluster:/api/v1/namespaces/shop/services/web:80/proxy/healthz';
  const found = await run([...RBAC, `manifests=${MANIFESTS}`, '--param', `healthUrl=${healthUrl}`]);
  assertCode(found, 0);
  const rules = (JSON.parse(found.stdout) as Roles).roles.flatMap((role) => role.rules ?? []);
  const through = rules.filter((rule) => rule.resources.some((one) => one.endsWith('/proxy')));
  expect(through).toEqual([{ apiGroups: [''], resources: ['services/proxy'], verbs: ['get'] }]);
});

test('target rbac says where it can tell nothing narrower than every kind', async () => {
  const found = await run([...RBAC, 'manifests=no-such-directory']);
  assertCode(found, 0);
  expect(found.stderr).toContain('step foundation: its manifests cannot be read here');
});
