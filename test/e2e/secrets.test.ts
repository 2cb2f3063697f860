import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { assertCode, folder, Place, type Ended } from './program.ts';
import { documentOf } from './runs.ts';

const PASSWORD = 'correct-horse-battery-staple';
const SECOND = 'another-horse-entirely';
const SPELLINGS = [PASSWORD, SECOND].flatMap((one) => [one, Buffer.from(one).toString('base64')]);

const RUNBOOK = `
apiVersion: drctl/v1
kind: Runbook
metadata: { name: secrets, title: A password comes home, owners: [tests] }
useWhen: a Secret is gone
objectives: { rto: 1m }
testedOn: { kubernetes: ['1.36'] }
parameters: {}
phases:
  - id: only
    title: The Secret
    needs: []
    steps:
      - id: bring
        title: Bring it back
        uses: kube/apply
        with: { path: manifests, namespace: default }
      - id: more
        title: Something after it
        uses: kube/patch
        gate: { confirm: true }
        with: { apiVersion: v1, kind: Namespace, name: default, patch: { metadata: { labels: { more: 'yes' } } } }
`;

let place: Place;
let file = '';
let manifest = '';

beforeAll(async () => {
  place = await Place.open(undefined);
  const own = folder(place.program, 'secrets');
  file = join(own, 'book.yaml');
  writeFileSync(file, RUNBOOK);
  manifest = join(folder(place.program, 'secrets/manifests'), 'db.yaml');
}, 60_000);

beforeEach(async () => {
  await place.reset();
  write(PASSWORD);
});

afterAll(() => place.close());

function write(password: string): void {
  writeFileSync(
    manifest,
    `# it is ${password}\n{apiVersion: v1, kind: Secret, metadata: {name: db}, stringData: {password: ${password}}}\n`,
  );
}

/** Everything that drctl keeps: journals, blobs, claims; but not the sandbox's own disk, which is the cluster's. */
function kept(): string {
  const texts = ['runs', 'blobs', 'clusters'].flatMap((name) => filesBelow(join(place.state, name)));
  expect(texts.length).toBeGreaterThan(2);
  return texts.map((path) => readFileSync(path, 'utf8')).join('\n');
}

function filesBelow(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => join(path, name))
    .filter((one) => statSync(one).isFile());
}

function assertSilent(...texts: readonly (string | Ended)[]): void {
  for (const one of texts) {
    const text = typeof one === 'string' ? one : `${one.stdout}${one.stderr}`;
    for (const spelling of SPELLINGS) expect(text).not.toContain(spelling);
  }
}

test('a Secret comes back, and no output and no file of drctl holds what is in it', async () => {
  const out = join(place.program.home, 'plan.json');
  const plans = [
    await place.run(['plan', file, '--out', out]),
    ...(await Promise.all(
      ['json', 'markdown', 'commands'].map((format) => place.run(['plan', file, '--format', format])),
    )),
  ];
  for (const one of plans) assertCode(one, 0);
  assertSilent(...plans, readFileSync(out, 'utf8'));
  const ran = await place.run(['run', file, '--yes', '--plan', out, '--progress', 'ndjson', '--json'], {
    env: { DRCTL_DEBUG: '1' },
  });
  assertCode(ran, 0);
  const { run } = documentOf(ran);
  assertSilent(ran, kept());
  assertSilent(await place.run(['report', run]), await place.run(['report', run, '--json']));
  assertSilent(await place.run(['status', run]), await place.run(['status', run, '--json']));
  const again = await place.run(['plan', file, '--detailed-exitcode']);
  assertCode(again, 0);
});

test('what changed in it is planned again, as changed and no more', async () => {
  assertCode(await place.run(['run', file, '--yes', '--json']), 0);
  write(SECOND);
  const planned = await place.run(['plan', file, '--json']);
  expect(planned.json()).toMatchObject({ summary: { changes: 1 } });
  expect(planned.stdout).toContain('sealed:');
  assertSilent(planned);
  assertCode(await place.run(['run', file, '--yes', '--json']), 0);
  assertSilent(kept());
});

test('a manifest whose Secret changed while the run was paused is noticed, and not by its value', async () => {
  const first = await place.run(['run', file, '--json']);
  assertCode(first, 4);
  const { run } = documentOf(first);
  write(SECOND);
  const resumed = await place.run(['resume', run, '--json']);
  assertCode(resumed, 4);
  expect(resumed.stdout + resumed.stderr).toMatch(/manifest .*db\.yaml: changed|definition/);
  assertSilent(first, resumed, kept());
});

test('an API that refuses it, word for word, is not quoted', async () => {
  const quoting = { code: 422, reason: 'Invalid', message: `Secret "db" is invalid: "${PASSWORD}"` };
  await place.fault({ resource: 'secrets' }, { status: quoting });
  const planned = await place.run(['plan', file]);
  await place.control.call('faults.clear');
  await place.fault({ verb: 'patch', resource: 'secrets' }, { status: quoting });
  const ran = await place.run(['run', file, '--yes', '--json'], { env: { DRCTL_DEBUG: '1' } });
  await place.control.call('faults.clear');
  assertSilent(planned, ran, kept());
});
