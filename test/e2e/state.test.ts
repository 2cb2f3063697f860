import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { assertCode, Place, type Ended } from './program.ts';
import { documentOf, RUN } from './runs.ts';

let place: Place;
let other: string;
let file: string;

beforeAll(async () => {
  place = await Place.open();
}, 60_000);

beforeEach(async () => {
  await place.reset();
  const name = Math.random().toString(36).slice(2);
  other = join(place.program.home, `other-${name}`);
  file = join(place.program.home, `${name}.json`);
});

afterAll(() => place.close());

/** As on a machine with a state of its own; the targets are known there too. */
function there(args: readonly string[]): Promise<Ended> {
  return place.program.run([...args, '--state', other]);
}

async function pausedRun(): Promise<string> {
  const paused = await place.run(RUN);
  assertCode(paused, 4);
  return documentOf(paused).run;
}

test('a run goes to another state in one file, and what is told there is what was told here', async () => {
  const run = await pausedRun();
  const exported = await place.run(['runs', 'export', run, '--out', file, '--json']);
  assertCode(exported, 0);
  expect(exported.json()).toMatchObject({ run, out: file, drivenBy: null });
  const imported = await there(['runs', 'import', file, '--json']);
  assertCode(imported, 0);
  expect(imported.json()).toMatchObject({ run, came: 'created', outcome: 'paused', drivenBy: null });
  const [here, away] = [await place.run(['report', run, '--json']), await there(['report', run, '--json'])];
  const told = (report: Ended) => ({ ...(report.json() as object), objective: undefined });
  expect(told(away)).toEqual(told(here));
  const again = await there(['runs', 'import', file]);
  expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('exactly as in the file')]);
});

test('an imported run is resumed to its end, and its file brings it home', async () => {
  const run = await pausedRun();
  const elsewhere = new Elsewhere(place, other);
  assertCode(await place.run(['runs', 'export', run, '--out', file]), 0);
  assertCode(await elsewhere.run(['runs', 'import', file]), 0);
  const resumed = await elsewhere.resume(run);
  assertCode(resumed, 0);
  expect(documentOf(resumed)).toMatchObject({ run, outcome: 'succeeded' });
  assertCode(await elsewhere.run(['runs', 'export', run, '--out', file]), 0);
  const home = await place.run(['runs', 'import', file, '--json']);
  assertCode(home, 0);
  expect(home.json()).toMatchObject({ came: 'extended', outcome: 'succeeded' });
  const [listed] = (await place.run(['runs', '--json'])).json() as { run: string; outcome: string }[];
  expect(listed).toMatchObject({ run, outcome: 'succeeded' });
});

/** The other machine, with a configuration that knows the sandbox. */
class Elsewhere {
  readonly #place: Place;
  readonly #state: string;

  constructor(from: Place, state: string) {
    this.#place = from;
    this.#state = state;
    const { name, ...target } = JSON.parse(readFileSync(join(from.state, 'sandbox', 'target.json'), 'utf8')) as {
      name: string;
    };
    const config = { apiVersion: 'drctl/v1', targets: { [name]: target } };
    writeFileSync(join(from.program.home, 'other.yaml'), JSON.stringify(config));
  }

  run(args: readonly string[]): Promise<Ended> {
    const config = join(this.#place.program.home, 'other.yaml');
    return this.#place.program.run([...args, '--state', this.#state, '--config', config]);
  }

  resume(run: string): Promise<Ended> {
    return this.run(['resume', run, '--yes', '--json']);
  }
}

test('without --out the file is the standard output, and any change to it is refused', async () => {
  const run = await pausedRun();
  const exported = await place.run(['runs', 'export', run]);
  assertCode(exported, 0);
  const whole = exported.json() as { lines: string[]; driver: unknown; digest: string };
  const damaged: string[] = [
    '',
    exported.stdout.slice(0, -40),
    JSON.stringify({ ...whole, lines: whole.lines.slice(0, -1) }),
    JSON.stringify({ ...whole, lines: whole.lines.map((line) => line.replace('paused', 'passed')) }),
    JSON.stringify({ ...whole, run: 'another' }),
    JSON.stringify({ ...whole, blobs: {} }),
  ];
  for (const text of damaged) {
    writeFileSync(file, text);
    const found = await there(['runs', 'import', file, '--json']);
    expect([found.code, found.json()]).toMatchObject([2, { error: { code: 'RunFileDamaged' } }]);
  }
  expect((await there(['runs', '--json'])).json()).toEqual([]);
});

test('what cannot be exported or imported is named', async () => {
  const unknown = await place.run(['runs', 'export', 'no-such-run', '--json']);
  expect([unknown.code, unknown.json()]).toMatchObject([2, { error: { code: 'RunUnknown' } }]);
  const missing = await there(['runs', 'import', join(place.program.home, 'no-such-file'), '--json']);
  expect([missing.code, missing.json()]).toMatchObject([2, { error: { code: 'NotRead' } }]);
  const run = await pausedRun();
  const nowhere = await place.run(['runs', 'export', run, '--out', join(place.program.home, 'a', 'b'), '--json']);
  expect([nowhere.code, nowhere.json()]).toMatchObject([2, { error: { code: 'NotWritten' } }]);
});

test('a production target whose runs would stay on one machine: plan and run say so in one line, and go on', async () => {
  const { name, ...target } = JSON.parse(readFileSync(join(place.state, 'sandbox', 'target.json'), 'utf8')) as {
    name: string;
  };
  const config = join(place.program.home, 'production.yaml');
  const production = { apiVersion: 'drctl/v1', targets: { [name]: { ...target, class: 'production' } } };
  writeFileSync(config, JSON.stringify(production));
  const { parameters } = JSON.parse(readFileSync(join(place.state, 'sandbox', 'scenario.json'), 'utf8')) as {
    parameters: Record<string, string>;
  };
  const given = Object.entries(parameters).flatMap(([key, value]) => ['--param', `${key}=${value}`]);
  for (const command of ['plan', 'run']) {
    const args = [command, 'namespace-deleted', '--target', name, ...given, '--config', config, '--json'];
    const found = await place.run(args);
    const lines = found.stderr.split('\n').filter((line) => line.includes('on this machine only'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('--state s3://bucket/prefix');
    expect(lines[0]).toContain(place.state);
    expect(found.json()).not.toHaveProperty('error');
  }
  expect((await place.run(['plan', 'namespace-deleted', '--target', 'sandbox'])).stderr).not.toContain('machine only');
});
