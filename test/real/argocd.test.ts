import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { z } from 'zod';
import type { Broken } from '../../src/drill/break.ts';
import { assertCode } from '../e2e/program.ts';
import { planShape, runShape } from '../e2e/shapes.ts';
import { approveAll } from './world/approving.ts';
import type { Person } from './world/person.ts';
import { parametersOf } from './world/place.ts';
import { volumesOf } from './world/playground.ts';
import { settingsOf, ShippedPlace } from './world/shipped.ts';

const NAME = 'argocd-deleted-stateful-app';

let place: ShippedPlace;
let broken: Broken;
let operator: Person;
let given: readonly string[];
let settings: unknown;
let hasty: readonly string[];

beforeAll(async () => {
  place = await ShippedPlace.open(inject('cluster'), NAME);
  const began = performance.now();
  broken = await place.break();
  tell(`broken in ${seconds(began)}`);
  operator = await place.hire(broken);
  given = [place.scenario.runbook, '--target', operator.name, '--json', ...parametersOf(broken)];
  settings = await settingsOf(place.real.csi.api);
  hasty = (await place.real.playground.state(place.real.namespace)).map(({ volumeId = '' }) => volumeId);
}, 300_000);

afterAll(async () => {
  await operator.remove();
  await place.close();
});

const user = (): string => `system:serviceaccount:default:${operator.name}`;
const seconds = (began: number): string => `${Math.round((performance.now() - began) / 1000)} s`;
const tell = (line: string): void => void process.stdout.write(`${NAME}: ${line}\n`);

test('a commit that only added a file made Argo CD delete everything, and its revert made new, empty volumes', async () => {
  const { real } = place;
  const old = broken.before.map(({ volumeId }) => volumeId);
  const volumes = await volumesOf(real.csi.api, real.namespace);
  const released = volumes.filter(({ handle }) => old.includes(handle));
  expect(released.map(({ phase }) => phase)).toEqual(old.map(() => 'Released'));
  expect(hasty).toHaveLength(old.length);
  expect(hasty.filter((id) => old.includes(id))).toEqual([]);
  const now = await real.playground.state(real.namespace);
  expect(now.filter(({ records }) => records === 0)).toEqual([]);
});

test('the operator plans it without a write, with the rights that drctl prints for it', async () => {
  place.real.forgetAudit();
  const planned = await place.real.run(['plan', ...given]);
  assertCode(planned, 0);
  expect(planShape.parse(planned.json()).summary).toMatchObject({ blocked: 0 });
  expect(place.real.writes(user())).toEqual([]);
});

test('the outage of 2022 is recovered to the thaw: old volumes with their content, hasty ones kept, Argo CD as before', async () => {
  const { real } = place;
  real.forgetAudit();
  const began = performance.now();
  const ended = await approveAll(real, ['run', ...given], { rounds: 40, answer: place.answer });
  tell(`recovered in ${seconds(began)}, with every question at another terminal`);
  assertCode(ended, 0);
  expect(runShape.parse(ended.json())).toMatchObject({ outcome: 'succeeded', waitingFor: [] });

  expect(real.playground.differences(broken.before, await real.playground.state(real.namespace))).toEqual([]);
  expect(real.csi.cloud.deleted).toEqual([]);
  const leftovers = JSON.stringify(z.looseObject({ leftovers: z.unknown() }).parse(ended.json()).leftovers);
  for (const id of hasty) {
    expect(leftovers).toContain(id);
    expect(await real.csi.cloud.describe(id)).toMatchObject({ id });
  }
  expect(await settingsOf(real.csi.api)).toEqual(settings);
  expect(real.writes(user()).filter(({ code }) => code >= 400)).toEqual([]);
  const removed = real.writes(user()).filter(({ verb }) => verb.startsWith('delete'));
  expect(removed.filter(({ path }) => !path.includes('/persistentvolumeclaims/'))).toEqual([]);
  expect(removed).toHaveLength(hasty.length);
}, 900_000);
