import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { assertCode } from '../e2e/program.ts';
import { planShape } from '../e2e/shapes.ts';
import { approveAll } from './world/approving.ts';
import { parametersOf, RealPlace } from './world/place.ts';
import { volumesOf } from './world/playground.ts';

let place: RealPlace;

beforeEach(async () => {
  place = await RealPlace.open(inject('cluster'));
  await place.addTarget('operator');
});

afterEach(() => place.close());

describe('a namespace that was really deleted', () => {
  test('every claim comes back on its own volume with its own content, by the real program as an operator', async () => {
    const broken = await place.break('namespace-deleted');
    const released = await volumesOf(place.csi.api, place.namespace);
    expect(released.map(({ phase }) => phase)).toEqual(Array(7).fill('Released'));
    expect(released.filter(({ policy }) => policy === 'Delete').map(({ claim }) => claim)).toEqual(['data-ledger-0']);

    const given = ['namespace-deleted', '--target', 'operator', '--json', ...parametersOf(broken)];
    place.forgetAudit();
    const planned = await place.run(['plan', ...given]);
    assertCode(planned, 0);
    expect(planShape.parse(planned.json()).summary).toMatchObject({ destructive: 0, blocked: 0 });
    expect(place.writes('operator')).toEqual([]);

    const ended = await approveAll(place, ['run', ...given]);
    assertCode(ended, 0);
    expect(ended.json()).toMatchObject({ outcome: 'succeeded', waitingFor: [] });
    expect(place.playground.differences(broken.before, await place.playground.state(place.namespace))).toEqual([]);
    expect(place.csi.cloud.deleted).toEqual([]);
    expect(place.writes('operator').filter(({ verb }) => verb.startsWith('delete'))).toEqual([]);
    expect(place.writes('operator').filter(({ code }) => code >= 400)).toEqual([]);

    const again = await place.run(['plan', ...given, '--detailed-exitcode']);
    assertCode(again, 0);
  });
});
