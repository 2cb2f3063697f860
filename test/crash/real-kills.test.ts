import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { assertCode, Place } from '../e2e/program.ts';

const KILLS = 12;
const RUN = ['run', 'namespace-deleted', '--target', 'sandbox', '--yes', '--json'];

let place: Place;
beforeAll(async () => {
  place = await Place.open();
}, 60_000);
afterAll(() => place.close());

function journal(): { run: string | undefined; lines: number } {
  const runs = join(place.state, 'runs');
  const [run] = existsSync(runs) ? readdirSync(runs).filter((name) => !name.startsWith('.')) : [];
  if (run === undefined) return { run, lines: 0 };
  const files = readdirSync(join(runs, run)).filter((name) => name.endsWith('.jsonl'));
  const texts = files.map((name) => readFileSync(join(runs, run, name), 'utf8'));
  return { run, lines: texts.reduce((sum, text) => sum + text.split('\n').length - 1, 0) };
}

function snapshotsByVolume(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { verb, path, status } of place.writes())
    if (verb === 'CreateSnapshot' && status === 200) {
      const volume = new URLSearchParams(path.slice(2)).get('VolumeId') ?? '';
      counts[volume] = (counts[volume] ?? 0) + 1;
    }
  return counts;
}

/** Every claim with its volume and whose data is on it. */
async function volumesOfClaims(): Promise<string[]> {
  const { claims } = await place.control.call('state');
  return claims
    .map((one) => JSON.stringify([one.claim, one.phase, one.volumeId, one.identity, one.clusterId]))
    .toSorted();
}

/** As an outage does it: no signal handler, no last word. */
async function killAt(line: number): Promise<boolean> {
  const child = place.start(RUN);
  const running = { yes: true };
  void child.finally(() => {
    running.yes = false;
  });
  while (running.yes && journal().lines < line) await sleep(1);
  child.kill('SIGKILL');
  return (await child).signal === 'SIGKILL';
}

interface Ended {
  readonly outcome: string;
  readonly steps: readonly { readonly id: string; readonly outcome?: string; readonly end?: string }[];
}

it('the real program, killed a dozen times with SIGKILL along the way, is resumed to the same end', async () => {
  await place.reset();
  const undisturbed = await place.run(RUN);
  assertCode(undisturbed, 0);
  const total = journal().lines;
  const volumes = Object.keys(snapshotsByVolume()).length;
  expect(volumes).toBe(7);
  const whole = undisturbed.json() as Ended;
  const bound = await volumesOfClaims();
  let killed = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    await place.reset();
    const line = 1 + Math.round((kill * (total - 2)) / KILLS);
    if (await killAt(line)) killed += 1;
    const { run } = journal();
    // before its first line there is no run to resume: one starts again
    const resumed = await place.run(run === undefined ? RUN : ['resume', run, '--yes', '--json'], { timeout: 120_000 });
    assertCode(resumed, 0);
    const now = resumed.json() as Ended;
    expect([`killed at line ${line}`, now.outcome]).toEqual([`killed at line ${line}`, 'succeeded']);
    expect(await volumesOfClaims()).toEqual(bound);
    expect(now.steps.map((step) => step.id)).toEqual(whole.steps.map((step) => step.id));
    expect([`killed at line ${line}`, snapshotsByVolume()]).toEqual([`killed at line ${line}`, Object.fromEntries(Object.keys(snapshotsByVolume()).map((id) => [id, 1]))]); // prettier-ignore
    expect(Object.keys(snapshotsByVolume())).toHaveLength(volumes);
  }
  expect(killed).toBe(KILLS);
  process.stdout.write(
    `crash harness, real program: ${killed} SIGKILLs along ${total} journal lines, all ended the same\n`,
  );
}, 600_000);
