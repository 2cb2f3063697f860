import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { assertCode, Place, type Ended } from './program.ts';
import { documentOf, RUN } from './runs.ts';
import { errorShape, runsShape } from './shapes.ts';

let place: Place;
let run: string;

beforeAll(async () => {
  place = await Place.open();
}, 60_000);

/** A run that has done its first phase and was paused. */
beforeEach(async () => {
  await place.reset();
  const stopped = await place.run([...RUN, '--yes', '--until', 'protect']);
  assertCode(stopped, 4);
  run = documentOf(stopped).run;
  place.forgetAudit();
});

afterAll(() => place.close());

function journalFile(): string {
  const folder = join(place.state, 'runs', run);
  const [file] = readdirSync(folder)
    .filter((name) => name.startsWith('journal.'))
    .toSorted();
  return join(folder, file ?? '');
}

function editLines(change: (lines: string[]) => string[]): void {
  const lines = readFileSync(journalFile(), 'utf8').trimEnd().split('\n');
  writeFileSync(journalFile(), `${change(lines).join('\n')}\n`);
}

function assertCalm(found: Ended): void {
  expect(found.stdout + found.stderr).not.toMatch(/^\s+at .+[(:]/m);
}

/** `runs` lists it as broken; `status`, `report` and `resume` name the line; nothing is written. */
async function assertNamed(line: RegExp): Promise<void> {
  const listed = await place.run(['runs', '--json']);
  assertCode(listed, 0);
  expect(runsShape.parse(listed.json())).toMatchObject([{ run, broken: expect.stringMatching(line) as string }]);
  for (const args of [
    ['status', run],
    ['report', run],
    ['resume', run, '--yes'],
  ]) {
    const found = await place.run([...args, '--json']);
    assertCode(found, 1);
    const { error } = errorShape.parse(found.json());
    expect(error).toMatchObject({ code: 'JournalBroken' });
    expect(error.message).toMatch(line);
    expect(error.nextSteps).not.toEqual([]);
    assertCalm(found);
  }
  expect(place.writes()).toEqual([]);
}

test('a line that was changed is named', async () => {
  editLines((lines) => lines.map((line, at) => (at === 4 ? line.replace(/"at":"2/, '"at":"3') : line)));
  await assertNamed(/journal\.1\.jsonl.*5/s);
});

test('a line that is missing is named', async () => {
  editLines((lines) => lines.filter((_, at) => at !== 3));
  await assertNamed(/journal\.1\.jsonl.*4/s);
});

test('two lines in each other’s place are named', async () => {
  editLines((lines) => {
    const [a = '', b = ''] = lines.slice(2, 4);
    return [...lines.slice(0, 2), b, a, ...lines.slice(4)];
  });
  await assertNamed(/journal\.1\.jsonl.*3/s);
});

test('lines cut off at the end are missed, although what is left is a whole chain', async () => {
  editLines((lines) => lines.slice(0, -2));
  await assertNamed(/journal\.1\.jsonl/);
});

test('a torn last line, as a crash leaves it, is dropped and the run goes on', async () => {
  appendFileSync(journalFile(), '{"v":1,"seq":999,"epoch":1,"at":"2026-11-');
  assertCode(await place.run(['status', run, '--json']), 0);
  const resumed = await place.run(['resume', run, '--yes', '--json']);
  assertCode(resumed, 0);
  expect(documentOf(resumed).outcome).toBe('succeeded');
  expect(place.writes().filter((line) => line.verb === 'CreateSnapshot')).toEqual([]);
});

test('a blob that is missing or was changed is named', async () => {
  const blobs = join(place.state, 'blobs');
  const opened = JSON.parse(readFileSync(journalFile(), 'utf8').split('\n')[0] ?? '') as {
    event: { runbook: { blob: string } };
  };
  const digest = opened.event.runbook.blob.replace('sha256:', '');
  const found = readdirSync(blobs, { recursive: true, encoding: 'utf8' }).find((name) =>
    name.replaceAll('/', '').includes(digest.slice(4)),
  );
  appendFileSync(join(blobs, found ?? ''), '\n# changed\n');
  const resumed = await place.run(['resume', run, '--yes', '--json']);
  expect([1, 2]).toContain(resumed.code);
  expect(errorShape.parse(resumed.json()).error.message).toContain(digest.slice(0, 8));
  assertCalm(resumed);
  expect(place.writes()).toEqual([]);
});

test('the other runs of the store are listed beside a broken one', async () => {
  await place.run(['abort', run, '--because', 'enough']);
  editLines((lines) => lines.filter((_, at) => at !== 3));
  const other = documentOf(await place.run([...RUN, '--yes', '--alongside', run, '--because', 'it is broken'])).run;
  const listed = runsShape.parse((await place.run(['runs', '--json'])).json());
  expect(listed.map((one) => one.run).toSorted()).toEqual([run, other].toSorted());
  expect(listed.find((one) => one.run === other)).toMatchObject({ outcome: 'succeeded' });
});

test('a disk that is full in the middle: a clear message, and a resume with space loses and repeats nothing', async () => {
  await place.reset();
  // No file may grow beyond 56 KiB: the plan fits, the journal of the whole run does not.
  const under = ['bash', '-c', 'ulimit -f 56; exec "$0" "$@"'];
  const ran = await place.run([...RUN, '--yes'], { under });
  assertCode(ran, 1);
  expect(ran.stderr).toMatch(/no space left|may not grow any further/);
  assertCalm(ran);
  const resumed = await place.run(['resume', documentOf(ran).run, '--yes', '--json']);
  assertCode(resumed, 0);
  const writes = place.writes();
  expect(writes.filter((line) => line.verb === 'CreateSnapshot')).toHaveLength(7);
  const claims = writes.filter((line) => line.verb === 'create' && line.path.includes('/persistentvolumeclaims'));
  expect(claims.filter((line) => line.status === 201)).toHaveLength(7);
});

test('a state directory that may not be written: nothing is begun', async () => {
  await place.reset();
  const runs = join(place.state, 'runs');
  // A file where the folder must be cannot be written into by anybody, root included.
  writeFileSync(runs, '');
  const ran = await place.run([...RUN, '--yes']);
  assertCode(ran, 1);
  expect(errorShape.parse(ran.json()).error.message).toContain(runs);
  assertCalm(ran);
  expect(place.writes()).toEqual([]);
});
