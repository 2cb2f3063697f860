import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { assertCode, folder, Place } from './program.ts';
import { documentOf, RUN } from './runs.ts';

let place: Place;
let larger: string;

/** Manifests that ask more of each volume of the ledger than there is: blocked, until somebody says why that is right. */
beforeAll(async () => {
  place = await Place.open();
  larger = join(folder(place.program, 'own'), 'manifests');
  cpSync(join(place.program.root, 'runbooks', 'scenarios', 'namespace-deleted', 'manifests'), larger, {
    recursive: true,
  });
  const file = join(larger, '20-ledger.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('storage: 10Gi', 'storage: 12Gi'));
}, 60_000);

beforeEach(() => place.reset());

afterAll(() => place.close());

const claims = (): number =>
  place.writes().filter((line) => line.verb === 'create' && line.path.includes('persistentvolumeclaims')).length;

/** Blocked at the volumes; the words that its question names. */
async function blocked(): Promise<{ readonly run: string; readonly flags: readonly string[] }> {
  const ran = await place.run([...RUN, '--yes', '--param', `manifests=${larger}`]);
  assertCode(ran, 4);
  const document = documentOf(ran);
  expect(document.waitingFor).toContain('rebind');
  const status = await place.run(['status', document.run, '--json']);
  const flags = [...new Set(status.stdout.match(/--override [\w-]+:[\w./-]+/g))].flatMap((one) => one.split(' '));
  return { run: document.run, flags };
}

test('the blocked question names the words; said with a reason they count, and the run ends with exceptions', async () => {
  const { run, flags } = await blocked();
  expect(flags.filter((one) => one.startsWith('size:'))).toHaveLength(3);
  expect(claims()).toBe(0);
  const resumed = await place.run(['resume', run, '--yes', ...flags, '--because', 'it was to grow anyway', '--json']);
  assertCode(resumed, 8);
  expect(documentOf(resumed).outcome).toBe('succeeded-with-exceptions');
  expect(claims()).toBe(7);
  const report = await place.run(['report', run, '--json']);
  expect(report.stdout).toContain('it was to grow anyway');
  expect(report.stdout).toContain('overridden');
});

test('all but one overridden is not all: nothing is bound', async () => {
  const { run, flags } = await blocked();
  const resumed = await place.run([
    'resume',
    run,
    '--yes',
    ...flags.slice(0, 4),
    '--because',
    'as far as I know',
    '--json',
  ]);
  assertCode(resumed, 4);
  expect(claims()).toBe(0);
});

test('--yes alone never overrides', async () => {
  const { run } = await blocked();
  assertCode(await place.run(['resume', run, '--yes', '--json']), 4);
  expect(claims()).toBe(0);
});

test.each([
  [['--override', 'size:a/b'], 'ReasonMissing'],
  [['--override', 'size', '--because', 'x'], 'BadOverride'],
])('%j is refused before anything is read: %s', async (words, code) => {
  const found = await place.run([...RUN, '--yes', ...words]);
  expect([found.code, found.json()]).toMatchObject([2, { error: { code } }]);
  expect(place.writes()).toEqual([]);
});

test('no variable of the environment overrides', async () => {
  const env = { DRCTL_OVERRIDE: 'size:shop/data', DRCTL_BECAUSE: 'the environment says so' };
  const ran = await place.run([...RUN, '--yes', '--param', `manifests=${larger}`], { env });
  assertCode(ran, 4);
  expect(claims()).toBe(0);
});
