import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { assertCode, folder, Place, type Ended } from './program.ts';
import { documentOf } from './runs.ts';

let place: Place;
let file: string;
let manifests: string;

beforeAll(async () => {
  place = await Place.open();
}, 60_000);

afterAll(() => place.close());

beforeEach(async () => {
  await place.reset();
  const own = folder(place.program, 'own');
  const shipped = join(place.program.root, 'runbooks');
  file = join(own, 'runbook.yaml');
  manifests = join(own, 'manifests');
  cpSync(join(shipped, 'namespace-deleted.yaml'), file);
  cpSync(join(shipped, 'scenarios', 'namespace-deleted', 'manifests'), manifests, { recursive: true });
});

/** Stopped after its first phase, as if somebody slept over it. */
async function stopped(): Promise<string> {
  const ran = await place.run([
    'run',
    file,
    '--yes',
    '--json',
    '--until',
    'protect',
    '--param',
    `manifests=${manifests}`,
  ]);
  assertCode(ran, 4);
  place.forgetAudit();
  return documentOf(ran).run;
}

function edit(path: string, change: (text: string) => string): void {
  const before = readFileSync(path, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  writeFileSync(path, after);
}

function assertNothingDone(found: Ended): void {
  assertCode(found, 4);
  expect(place.writes()).toEqual([]);
}

test('unchanged, it goes on without a question about its definition', async () => {
  const run = await stopped();
  assertCode(await place.run(['resume', run, '--yes', '--json']), 0);
});

test('an edited runbook is shown by step id, and nothing runs', async () => {
  const run = await stopped();
  edit(file, (text) =>
    text
      .replace('title: Point the claims at the volumes that survived', 'title: Point them')
      .replace(
        / {6}- id: hand-over[\s\S]*$/,
        '      - id: sleep\n        uses: human/task\n        with: {instruction: Sleep}\n',
      ),
  );
  const resumed = await place.run(['resume', run, '--yes', '--json']);
  assertNothingDone(resumed);
  expect(resumed.stderr).toContain('step rebind: changed');
  expect(resumed.stderr).toContain('step hand-over: removed');
  expect(resumed.stderr).toContain('step sleep: added');
});

test('steps in another order are a difference', async () => {
  const run = await stopped();
  edit(file, (text) => {
    const phases = text.split(/(?=^ {2}- id: )/m);
    const people = phases.findIndex((phase) => phase.startsWith('  - id: people'));
    const [moved = ''] = phases.splice(people, 1);
    return [...phases, moved].join('');
  });
  const resumed = await place.run(['resume', run, '--yes', '--json']);
  assertNothingDone(resumed);
  expect(resumed.stderr).toMatch(/step announce: .*reordered/);
});

test('consent to another definition wants a reason; with one the run goes on as it is now', async () => {
  const run = await stopped();
  edit(file, (text) => text.replace('title: Everything else', 'title: All the rest'));
  const unreasoned = await place.run(['resume', run, '--yes', '--accept-definition', '--json']);
  expect([unreasoned.code, unreasoned.json()]).toMatchObject([2, { error: { code: 'ReasonMissing' } }]);
  expect(place.writes()).toEqual([]);
  const accepted = ['resume', run, '--yes', '--accept-definition', '--because', 'only a title', '--json'];
  const resumed = await place.run(accepted);
  assertCode(resumed, 8);
  expect(documentOf(resumed).outcome).toBe('succeeded-with-exceptions');
  expect((await place.run(['report', run, '--json'])).stdout).toContain('only a title');
});

test('a manifest that was edited, added or removed is a difference', async () => {
  const run = await stopped();
  edit(join(manifests, '10-config.yaml'), (text) => `${text}# edited\n`);
  writeFileSync(
    join(manifests, '50-more.yaml'),
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more, namespace: shop}\n',
  );
  const resumed = await place.run(['resume', run, '--yes', '--json']);
  assertNothingDone(resumed);
  expect(resumed.stderr).toMatch(/manifest .*10-config\.yaml: changed/);
  expect(resumed.stderr).toMatch(/manifest .*50-more\.yaml: added/);
});

test('a runbook that is broken now is refused with its position, and the run stays resumable', async () => {
  const run = await stopped();
  const good = readFileSync(file, 'utf8');
  edit(file, (text) => text.replace('uses: pv/rebind', 'uses: pv/rebnd'));
  const resumed = await place.run(['resume', run, '--yes', '--json']);
  assertCode(resumed, 2);
  expect(resumed.json()).toMatchObject({ error: { code: 'InvalidRunbook', at: { file } } });
  writeFileSync(file, good);
  assertCode(await place.run(['resume', run, '--yes', '--json']), 0);
});

test('a runbook file that is gone does not keep anybody from resuming: the run has pinned its text', async () => {
  const run = await stopped();
  edit(file, () => ' ');
  const { rmSync } = await import('node:fs');
  rmSync(file);
  assertCode(await place.run(['resume', run, '--yes', '--json']), 0);
});
