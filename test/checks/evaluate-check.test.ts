import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluateCheck } from '../../src/checks/index.ts';
import type { Json } from '../../src/model/json.ts';
import type { ObjectRef } from '../../src/model/object-ref.ts';
import type { CheckSpec } from '../../src/model/runbook.ts';
import type { CommandAnswer } from '../../src/ports/door.ts';
import { startSandboxWorld, type SandboxWorld } from '../world/sandbox-world.ts';

let at: SandboxWorld;
beforeAll(async () => {
  at = await startSandboxWorld();
  const namespace = 'default';
  for (const [name, ready] of Object.entries({ a: 'yes', b: 'yes', c: 'no' })) {
    const metadata = { name, namespace, labels: { app: 'kafka' } };
    await at.outlet().kube('cluster', {
      verb: 'create',
      object: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { ready, lag: '3' } },
    });
  }
});
afterAll(() => at.end());

const ENV = { params: { namespace: 'default', want: 2 }, target: { name: 'sandbox', class: 'sandbox' }, steps: {} };

interface Options {
  readonly env?: Partial<{ steps: Record<string, { outputs?: Json }>; params: Record<string, Json> }>;
  readonly over?: readonly ObjectRef[];
  readonly answer?: CommandAnswer;
}

function evaluate(check: CheckSpec['check'], expect: string, more: Partial<CheckSpec> = {}, options: Options = {}) {
  return evaluateCheck({
    spec: { check, expect, within: 1_000, ...more },
    env: { ...ENV, ...options.env },
    over: options.over ? { items: options.over.map(({ name }) => name), objects: options.over } : {},
    world: at.world,
    command: () => (options.answer ? Promise.resolve(options.answer) : Promise.reject(new Error('no command here'))),
  });
}

const maps = (more: object = {}) =>
  ({ kind: 'object', apiVersion: 'v1', objectKind: 'ConfigMap', namespace: 'default', ...more }) as const;
const ref = (name: string, kind = 'ConfigMap'): ObjectRef => ({
  endpoint: 'cluster',
  apiVersion: 'v1',
  kind,
  namespace: 'default',
  name,
});

describe('objects', () => {
  test('one by name', async () => {
    expect(await evaluate(maps({ name: 'a' }), 'self.data.ready == "yes"')).toMatchObject({ state: 'passed' });
    expect(await evaluate(maps({ name: 'c' }), 'self.data.ready == "yes"')).toMatchObject({
      state: 'not-yet',
      because: expect.stringContaining('default/c'),
    });
    expect(await evaluate(maps({ name: 'gone' }), 'true')).toMatchObject({ state: 'not-yet' });
    expect(await evaluate(maps({ name: 'gone' }), 'true', { count: 0 })).toMatchObject({ state: 'passed' });
  });

  test('all that a selector matches, with how many it is already', async () => {
    const kafka = maps({ labelSelector: 'app=kafka' });
    expect(await evaluate(kafka, 'self.data.ready == "yes"')).toMatchObject({
      state: 'not-yet',
      progress: { value: 2, total: 3 },
    });
    expect(await evaluate(kafka, 'self.data.lag == "3"')).toMatchObject({ state: 'passed' });
  });

  test('a selector that matches nothing is a miss, unless none were expected', async () => {
    const none = maps({ labelSelector: 'app=nothing' });
    expect(await evaluate(none, 'true')).toMatchObject({
      state: 'not-yet',
      because: expect.stringContaining('no ConfigMaps'),
    });
    expect(await evaluate(none, 'true', { count: 0 })).toMatchObject({ state: 'passed' });
  });

  test.each([
    [2, 'passed'],
    [3, 'not-yet'],
    [0, 'not-yet'],
  ])('count %i means exactly so many: %s', async (count, state) => {
    expect(await evaluate(maps({ labelSelector: 'app=kafka' }), 'self.data.ready == "yes"', { count })).toMatchObject({
      state,
    });
  });

  test('a missing key is "not yet"; an expression that can never work has failed', async () => {
    expect(await evaluate(maps({ name: 'a' }), 'self.status.phase == "Bound"')).toMatchObject({ state: 'not-yet' });
    expect(await evaluate(maps({ name: 'a' }), 'self.data.ready > 3')).toMatchObject({ state: 'failed' });
    expect(await evaluate(maps({ name: 'a' }), 'self.data.ready')).toMatchObject({
      state: 'failed',
      because: expect.stringContaining('no yes or no'),
    });
    expect(await evaluate(maps({ name: 'a' }), 'self.data.ready ==')).toMatchObject({ state: 'failed' });
  });

  test('over items: those done so far, of the kind that the check is about', async () => {
    const spec = { over: 'items' } as const;
    const expectation = 'self.data.ready == "yes"';
    expect(
      await evaluate(maps(), expectation, spec, {
        over: [ref('a'), ref('a'), ref('b'), ref('pv', 'PersistentVolume')],
      }),
    ).toMatchObject({
      state: 'passed',
      progress: { value: 2, total: 2 },
    });
    expect(await evaluate(maps(), expectation, spec, { over: [ref('a'), ref('c')] })).toMatchObject({
      state: 'not-yet',
    });
    expect(await evaluate(maps(), expectation, spec, { over: [ref('a'), ref('lost')] })).toMatchObject({
      state: 'not-yet',
      because: expect.stringContaining('ConfigMap default/lost is not there'),
    });
    expect(await evaluate(maps(), expectation, spec, { over: [ref('pv', 'PersistentVolume')] })).toMatchObject({
      state: 'not-yet',
    });
  });

  test('progress is a number that an expression gives', async () => {
    expect(
      await evaluate(maps({ name: 'c' }), 'self.data.ready == "yes"', { progress: 'int(self.data.lag)' }),
    ).toMatchObject({ progress: { value: 3 } });
    expect(await evaluate(maps({ name: 'a' }), 'true', { progress: 'self.nowhere.at.all' })).toMatchObject({
      state: 'passed',
    });
  });

  test('what the runbook knows may be named', async () => {
    const check = { ...maps(), namespace: '${{ params.namespace }}', name: '${{ steps.pick.outputs.name }}' };
    const steps = { pick: { outputs: { name: 'a' } } };
    expect(await evaluate(check, 'self.metadata.namespace == params.namespace', {}, { env: { steps } })).toMatchObject({
      state: 'passed',
    });
    expect(await evaluate(maps({ labelSelector: 'app=kafka' }), 'size(self.data) == params.want')).toMatchObject({
      state: 'passed',
    });
  });

  test('a read that failed is no verdict', async () => {
    at.sandbox.faults.add({ match: { client: 'drctl/', verb: 'list', times: 3 }, action: { status: { code: 500 } } });
    await expect(evaluate(maps({ labelSelector: 'app=kafka' }), 'true')).rejects.toMatchObject({ code: 'CannotSee' });
    const unknown = { kind: 'object', apiVersion: 'example.org/v1', objectKind: 'Widget' } as const;
    await expect(evaluate(unknown, 'true', { count: 0 })).rejects.toMatchObject({ code: 'CannotSee' });
  });
});

describe('HTTP', () => {
  const answering = async (answer: (response: ServerResponse) => void, expectation: string) => {
    const server = createServer((_, response) => answer(response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`;
    try {
      return await evaluate({ kind: 'http', method: 'GET', url }, expectation);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  };

  test('judges status, headers, text and JSON', async () => {
    const healthy = (response: ServerResponse) =>
      void response.writeHead(200, { 'x-mode': 'leader' }).end('{"members": 3}');
    expect(
      await answering(healthy, 'self.status == 200 && self.headers["x-mode"] == "leader" && self.json.members == 3'),
    ).toMatchObject({ state: 'passed' });
    expect(await answering(healthy, 'self.json.leader == "a"')).toMatchObject({ state: 'not-yet' });
    const text = (response: ServerResponse) => void response.writeHead(503).end('imok');
    expect(await answering(text, 'self.body == "imok"')).toMatchObject({ state: 'passed' });
    expect(await answering(text, 'self.status == 200')).toMatchObject({ state: 'not-yet' });
    expect(await answering(text, 'self.json.members == 3')).toMatchObject({ state: 'not-yet' });
  });

  test('no answer is no verdict', async () => {
    await expect(evaluate({ kind: 'http', method: 'GET', url: 'http://127.0.0.1:1/' }, 'true')).rejects.toMatchObject({
      code: 'CannotSee',
    });
  });
});

describe('commands', () => {
  const argv = ['kafka-check'];

  test('judge exit code and output', async () => {
    const answer: CommandAnswer = { exitCode: 0, timedOut: false, stdout: 'in sync\n', stderr: '' };
    expect(
      await evaluate({ kind: 'command', argv }, 'self.exitCode == 0 && self.stdout.contains("sync")', {}, { answer }),
    ).toMatchObject({ state: 'passed' });
    expect(
      await evaluate({ kind: 'command', argv }, 'self.exitCode == 0', {}, { answer: { ...answer, exitCode: 1 } }),
    ).toMatchObject({ state: 'not-yet' });
  });

  test('one that was killed has no exit code: not yet', async () => {
    const answer: CommandAnswer = { exitCode: undefined, signal: 'SIGKILL', timedOut: true, stdout: '', stderr: '' };
    expect(await evaluate({ kind: 'command', argv }, 'self.exitCode == 0', {}, { answer })).toMatchObject({
      state: 'not-yet',
    });
  });
});
