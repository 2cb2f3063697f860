import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { assertCode } from '../e2e/program.ts';
import { planShape } from '../e2e/shapes.ts';
import { approveAll } from './world/approving.ts';
import { driveKilled, journalOf } from './world/killing.ts';
import { breakShipped, endOf, type Outage } from './world/outage.ts';
import { volumesOf } from './world/playground.ts';

const NAME = 'argocd-deleted-stateful-app';
const KILLS = 8;

let current: Outage | undefined;
let whole: Awaited<ReturnType<typeof endOf>>;
let lines: number;

async function breakAnew(): Promise<void> {
  const began = performance.now();
  current = await breakShipped(inject('cluster'), NAME);
  tell(`broken in ${seconds(began)}`);
}

beforeAll(breakAnew, 300_000);
afterAll(() => current?.close());

function outage(): Outage {
  if (current === undefined) throw new Error('nothing was broken here');
  return current;
}

const user = (): string => `system:serviceaccount:default:${outage().operator.name}`;
const seconds = (began: number): string => `${Math.round((performance.now() - began) / 1000)} s`;
const tell = (line: string): void => void process.stdout.write(`${NAME}: ${line}\n`);

test('a commit that only added a file made Argo CD delete everything, and its revert made new, empty volumes', async () => {
  const { place, broken, hasty, lost } = outage();
  const old = broken.before.map(({ volumeId }) => volumeId);
  const volumes = await volumesOf(place.real.csi.api, place.real.namespace);
  const released = volumes.filter(({ handle }) => old.includes(handle));
  const survivors = old.filter((id) => !lost.includes(id ?? ''));
  expect(released.map(({ phase }) => phase)).toEqual(survivors.map(() => 'Released'));
  expect(lost).toHaveLength(place.scenario.restored.length);
  expect(hasty).toHaveLength(old.length);
  expect(hasty.filter((id) => old.includes(id))).toEqual([]);
  const now = await place.real.playground.state(place.real.namespace);
  expect(now.filter(({ records }) => records === 0)).toEqual([]);
});

test('the operator plans it without a write, with the rights that drctl prints for it', async () => {
  const { place, given } = outage();
  place.real.forgetAudit();
  const planned = await place.real.run(['plan', ...given]);
  assertCode(planned, 0);
  expect(planShape.parse(planned.json()).summary).toMatchObject({ blocked: 0 });
  expect(place.real.writes(user())).toEqual([]);
});

test('the outage of 2022 is recovered to the thaw: old volumes with their content, hasty ones kept, Argo CD as before', async () => {
  const { place, given, hasty } = outage();
  place.real.forgetAudit();
  const began = performance.now();
  const ended = await approveAll(place.real, ['run', ...given], { rounds: 40, answer: place.answer });
  tell(`recovered in ${seconds(began)}, with every question answered at another terminal`);
  assertCode(ended, 0);
  whole = await endOf(outage(), ended);
  ({ lines } = journalOf(place.real));
  const { were } = whole.hasty;
  expect(whole).toMatchObject({
    outcome: 'succeeded',
    differences: [],
    deleted: [],
    hasty: { are: were, named: were },
  });
  expect(whole.argocd.after).toEqual(whole.argocd.before);
  expect(place.real.writes(user()).filter(({ code }) => code >= 400)).toEqual([]);
  expect(place.real.requests(user()).filter(({ code }) => code === 403)).toEqual([]);
  const removed = place.real.writes(user()).filter(({ verb }) => verb.startsWith('delete'));
  expect(removed.filter(({ path }) => !path.includes('/persistentvolumeclaims/'))).toEqual([]);
  expect(removed).toHaveLength(hasty.length);
}, 900_000);

test('killed again and again with SIGKILL along the way, it ends the same, with every snapshot taken once', async () => {
  await outage().close();
  await breakAnew();
  const { place, given } = outage();
  const began = performance.now();
  const at = Array.from({ length: KILLS }, (_, index) => Math.round((lines * (index + 0.5)) / KILLS));
  const { ended, kills } = await driveKilled(place.real, given, at, place.answer);
  tell(`killed at journal lines ${kills.join(', ')} of ${lines}; recovered in ${seconds(began)}`);
  assertCode(ended, 0);
  expect(kills).toHaveLength(KILLS);
  expect(await endOf(outage(), ended)).toEqual(whole);
}, 1_200_000);
