import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { assertCode, Place } from './program.ts';
import { documentOf, PLAN, RUN } from './runs.ts';

let place: Place;

beforeAll(async () => {
  place = await Place.open();
}, 60_000);

beforeEach(() => place.reset());

afterAll(() => place.close());

test('trap 30: another cluster behind the same kubeconfig: a run is refused and writes nothing', async () => {
  await place.control.call('identity.change');
  const ran = await place.run([...RUN, '--yes']);
  assertCode(ran, 7);
  expect(ran.json()).toMatchObject({ error: { code: 'WrongCluster', blame: 'target' } });
  expect(place.writes()).toEqual([]);
});

test('another cluster between pause and resume: refused, nothing written, resumable once it is right again', async () => {
  const { run } = documentOf(await place.run([...RUN, '--yes', '--until', 'protect']));
  await place.control.call('snapshot', { name: 'protected' });
  await place.control.call('identity.change');
  place.forgetAudit();
  const refused = await place.run(['resume', run, '--yes', '--json']);
  assertCode(refused, 7);
  expect(place.writes()).toEqual([]);
  await place.control.call('restore', { name: 'protected' });
  assertCode(await place.run(['resume', run, '--yes', '--json']), 0);
});

test('another cluster in the middle of a run: the next batch is refused', async () => {
  await place.fault({ verb: 'create', resource: 'persistentvolumeclaims' }, { delayMs: 1_000 });
  const child = place.start([...RUN, '--yes', '--progress', 'ndjson']);
  const seen = new Promise<void>((resolve) => {
    let text = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('PersistentVolumeClaim shop/data-ledger-0: create')) resolve();
    });
  });
  await seen;
  await place.control.call('identity.change');
  const { exitCode } = await child;
  expect(exitCode).toBe(7);
  const created = place
    .writes()
    .filter((line) => line.verb === 'create' && line.path.includes('persistentvolumeclaims'));
  expect(created).toHaveLength(1);
});

test('trap 30: a plan against another cluster says so and writes nothing', async () => {
  await place.control.call('identity.change');
  const planned = await place.run(PLAN);
  expect([planned.code, planned.stdout + planned.stderr]).toEqual([7, expect.stringContaining('kube-system')]);
  expect(place.writes()).toEqual([]);
});

test('a renewed pin needs a reason, and then the run goes on there', async () => {
  const config = join(place.program.home, 'pinned.yaml');
  writeFileSync(config, '');
  const at = ['--config', config];
  await place.run(addTarget('elsewhere', 'staging', at));
  await place.control.call('identity.change');
  const checked = await place.run(['target', 'check', 'elsewhere', '--json', ...at]);
  expect(checked.code).toBe(7);
  const unreasoned = await place.run(['target', 'pin', 'elsewhere', '--json', ...at]);
  expect(unreasoned.code).toBe(2);
  assertCode(await place.run(['target', 'pin', 'elsewhere', '--because', 'rebuilt from scratch', '--json', ...at]), 0);
  assertCode(await place.run(['target', 'check', 'elsewhere', '--json', ...at]), 0);
});

function addTarget(name: string, kind: string, more: readonly string[]): string[] {
  const kubeconfig = join(place.state, 'sandbox', 'kubeconfig');
  return [
    'target',
    'add',
    name,
    '--class',
    kind,
    '--kubeconfig',
    kubeconfig,
    '--context',
    'sandbox',
    '--json',
    ...more,
  ];
}

async function withProduction(): Promise<string[]> {
  const config = join(place.program.home, 'production.yaml');
  rmSync(config, { force: true });
  assertCode(await place.run(addTarget('prod', 'production', ['--config', config])), 0);
  return ['--config', config, '--json', '--param', 'namespace=shop', '--param', `manifests=${manifests()}`];
}

function manifests(): string {
  return join(place.program.root, 'runbooks', 'scenarios', 'namespace-deleted', 'manifests');
}

test('a production target named by the environment is refused', async () => {
  const flags = await withProduction();
  const ran = await place.run(['run', 'namespace-deleted', ...flags, '--yes'], { env: { DRCTL_TARGET: 'prod' } });
  assertCode(ran, 7);
  expect(ran.json()).toMatchObject({ error: { code: 'ProductionByEnvironment' } });
  expect(place.writes()).toEqual([]);
});

test('--yes answers nothing on production', async () => {
  const flags = await withProduction();
  const ran = await place.run(['run', 'namespace-deleted', '--target', 'prod', ...flags, '--yes'], {
    env: { DRCTL_YES_ON: 'prod' },
  });
  assertCode(ran, 4);
  expect(documentOf(ran).waitingFor).toEqual(['the plan']);
  expect(place.writes()).toEqual([]);
});
