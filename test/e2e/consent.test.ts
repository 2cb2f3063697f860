import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { assertCode, Place } from './program.ts';
import { approveAll, documentOf, RUN, statesOf, statusOf } from './runs.ts';

let place: Place;

beforeAll(async () => {
  place = await Place.open();
}, 60_000);

beforeEach(() => place.reset());

afterAll(() => place.close());

test('without a terminal and without --yes a run pauses at its first question, with nothing written', async () => {
  const ran = await place.run(RUN);
  assertCode(ran, 4);
  const document = documentOf(ran);
  expect(document.outcome).toBe('paused');
  expect(document.waitingFor).not.toEqual([]);
  expect(place.writes()).toEqual([]);
});

test('the plan approved from another terminal, resume goes on to the first gate, and no further', async () => {
  const { run } = documentOf(await place.run(RUN));
  const [question] = (await statusOf(place, run)).questions;
  expect(question).toMatchObject({ kind: 'confirm' });
  assertCode(await place.run(['approve', run, question?.id ?? '']), 0);
  const resumed = await place.run(['resume', run, '--json']);
  assertCode(resumed, 4);
  const document = documentOf(resumed);
  expect(document.waitingFor).toContain('rebind');
  expect(statesOf(document)).toMatchObject({ retain: 'done', foundation: 'done' });
  expect(place.writes().some((line) => line.verb === 'create' && line.path.includes('persistentvolumeclaims'))).toBe(
    false,
  );
});

test('approved question by question from another terminal, the run ends succeeded', async () => {
  const { run } = documentOf(await place.run(RUN));
  const last = await approveAll(place, run);
  assertCode(last, 0);
  expect(documentOf(last).outcome).toBe('succeeded');
  // The one yes to the plan covered every step of it, over all these resumes.
  expect((await place.run(['report', run, '--json'])).stdout).not.toContain('not what was approved');
});

test('a run that was paused at a gate goes on with --yes, and repeats nothing', async () => {
  const { run } = documentOf(await place.run(RUN));
  const resumed = await place.run(['resume', run, '--yes', '--json']);
  assertCode(resumed, 0);
  const snapshots = place.writes().filter((line) => line.verb === 'CreateSnapshot');
  expect(snapshots).toHaveLength(7);
});

test('"no" to the plan is a calm answer: exit 3, nothing written', async () => {
  const { run } = documentOf(await place.run(RUN));
  const [question] = (await statusOf(place, run)).questions;
  assertCode(await place.run(['approve', run, question?.id ?? '', '--answer', 'no']), 0);
  const resumed = await place.run(['resume', run, '--json']);
  assertCode(resumed, 3);
  expect(documentOf(resumed).outcome).toBe('declined');
  expect(place.writes()).toEqual([]);
});

test('"no" at a gate stops before it, leaves what was done, and the run can be resumed', async () => {
  const { run } = documentOf(await place.run(RUN));
  const [whole] = (await statusOf(place, run)).questions;
  await place.run(['approve', run, whole?.id ?? '']);
  await place.run(['resume', run, '--json']);
  const gate = (await statusOf(place, run)).questions.find((one) => one.step === 'rebind');
  assertCode(await place.run(['approve', run, gate?.id ?? '', '--answer', 'no']), 0);
  const declined = await place.run(['resume', run, '--json']);
  assertCode(declined, 3);
  expect(statesOf(documentOf(declined))).toMatchObject({ foundation: 'done' });
  assertCode(await place.run(['resume', run, '--yes', '--json']), 0);
});

test('an answer that is not among the choices, and a question that is not asked, are refused', async () => {
  const { run } = documentOf(await place.run(RUN));
  const [question] = (await statusOf(place, run)).questions;
  const wrong = await place.run(['approve', run, question?.id ?? '', '--answer', 'perhaps', '--json']);
  expect([wrong.code, wrong.json()]).toMatchObject([2, { error: { code: 'NoSuchChoice' } }]);
  const unasked = await place.run(['approve', run, 'rebind:confirm:000', '--json']);
  expect([unasked.code, unasked.json()]).toMatchObject([2, { error: { code: 'NoSuchQuestion' } }]);
});

test.each([
  ['DRCTL_YES', 'true'],
  ['DRCTL_YES_ON', 'sandbox'],
  ['DRCTL_BECAUSE', 'the environment says so'],
])('%s in the environment is no consent', async (name, value) => {
  const ran = await place.run(RUN, { env: { [name]: value } });
  assertCode(ran, 4);
  expect(place.writes()).toEqual([]);
});

test('a run that nobody drives is aborted from another terminal, with a reason, and frees its cluster', async () => {
  const { run } = documentOf(await place.run(RUN));
  const unreasoned = await place.run(['abort', run, '--json']);
  expect([unreasoned.code, unreasoned.json()]).toMatchObject([2, { error: { code: 'ReasonMissing' } }]);
  assertCode(await place.run(['abort', run, '--because', 'the wrong runbook']), 0);
  assertCode(await place.run([...RUN, '--yes']), 0);
});
