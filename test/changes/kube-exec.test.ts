import { describe, expect, test } from 'vitest';
import { runInPod } from '../../src/changes/index.ts';
import { secretIn } from '../../src/changes/secret-words.ts';
import { fieldOf } from '../../src/inventory/fields.ts';
import type { Change } from '../../src/model/change.ts';
import { eventually } from '../sandbox/controllers/cluster.ts';
import { kindOf, useBench } from './bench.ts';
import { codeOf } from './judged.ts';

const bench = useBench();
const { guard, probe, perform, make } = bench;

const CORE = { group: '', version: 'v1', resource: 'pods' };

/** A pod of the sandbox that runs, and a Change that runs a command in it. */
async function running(argv: readonly string[] = ['echo', 'hi'], more: { uid?: string; expectExit?: number } = {}) {
  const { uid } = (await makePod()).metadata;
  const { uid: other, ...rest } = more;
  return inPod(argv, other ?? uid, rest);
}

async function makePod(spec: object = {}) {
  const pod = await make({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: bench.name, namespace: 'shop' },
    spec: { containers: [{ name: 'one', image: 'example.com/one:1' }], ...spec },
  });
  if (!('nodeSelector' in spec)) await eventually(async () => phaseOf(await bench.live('Pod', 'shop')), 'Running');
  return pod;
}

function phaseOf(pod: object | undefined): unknown {
  return fieldOf(pod, 'status', 'phase');
}

function inPod(argv: readonly string[], uid: string, more: { expectExit?: number } = {}): Change {
  const object = {
    endpoint: 'cluster',
    apiVersion: 'v1',
    kind: 'Pod',
    namespace: 'shop',
    name: bench.name,
    uid,
  } as const;
  return runInPod({ object, container: 'one', argv, timeoutMs: 5_000, ...more });
}

const failureOf = (change: Change): Promise<unknown> => perform(change).catch((error: unknown) => error);

describe('kube/exec', () => {
  test('runs once in that very pod, and its output is the result', async () => {
    const change = await running();
    expect(await guard(change)).toEqual({ go: true });
    expect(await perform(change)).toEqual({ exitCode: 0, stdout: 'hi\n', stderr: '' });
    expect(kindOf(change).repeat).toBe('once');
    expect(await probe(change)).toBe('cannot-tell');
    expect(kindOf(change)).not.toHaveProperty('reverse');
  });

  test('another exit code than the expected one is for a person to look at', async () => {
    const change = await running(['cat', '/data/gone']);
    expect(await failureOf(change)).toMatchObject({
      code: 'CommandFailed',
      sendFailure: 'unknown',
      reason: expect.stringMatching(/ended with exit code 1: cat: \/data\/gone: No such file or directory$/),
    });
    const well = inPod(['false'], change.object.uid ?? '', { expectExit: 1 });
    expect(await perform(well)).toMatchObject({ exitCode: 1 });
    expect(await failureOf(inPod(['true'], change.object.uid ?? '', { expectExit: 1 }))).toMatchObject({
      reason: expect.stringContaining('exit code 0, not 1'),
    });
  });

  test('is not begun in a pod that was made again, stops, is gone, or never ran', async () => {
    const change = await running();
    expect(await guard(inPod(['true'], 'another'))).toMatchObject({
      go: false,
      because: expect.stringContaining('another object'),
    });
    const api = bench.at.sandbox.api('somebody');
    await api.delete(CORE, bench.name, 'shop', { gracePeriodSeconds: 30 });
    const stopped = await guard(change);
    expect(stopped).toMatchObject({ go: false, because: expect.stringMatching(/is being stopped|not there/) });
    await api.delete(CORE, bench.name, 'shop', { gracePeriodSeconds: 0 }).catch(() => undefined);
    await eventually(async () => (await guard(change)).go, false);
    await eventually(() => bench.live('Pod', 'shop'), undefined);
    expect(await failureOf(change)).toMatchObject({ sendFailure: 'not-performed', trouble: 'not-found' });
    const pending = await makePod({ nodeSelector: { no: 'where' } });
    const early = inPod(['true'], pending.metadata.uid);
    expect(await guard(early)).toMatchObject({ go: false, because: expect.stringContaining('Pending, not Running') });
    expect(await failureOf(early)).toMatchObject({ sendFailure: 'not-performed', trouble: 'invalid' });
  });

  test.each([
    ['before', { dropBefore: true }],
    ['after', { dropAfter: true }],
    ['in the middle of', { partialBody: true }],
  ])('a connection lost %s the command leaves it unknown, and nothing is sent twice', async (_, action) => {
    const change = await running(['echo', 'once']);
    const sent: string[] = [];
    const stop = bench.at.sandbox.audit.listen(({ path, verb }) => path.includes('/exec?') && sent.push(verb));
    bench.at.sandbox.faults.add({ match: { subresource: 'exec', times: 1 }, action });
    expect(await failureOf(change)).toMatchObject({ sendFailure: 'unknown' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    stop();
    expect(sent).toEqual(['create']);
  });

  test('a crashing container is told by the channel: nobody knows', async () => {
    const change = await running(['true']);
    const api = bench.at.sandbox.api('somebody');
    const pod = await api.get(CORE, bench.name, 'shop');
    const containerStatuses = [{ name: 'one', ready: false, state: { waiting: { reason: 'CrashLoopBackOff' } } }];
    await api.update(
      CORE,
      { ...pod, status: { ...(pod['status'] as object), containerStatuses } },
      { subresource: 'status' },
    );
    expect(await guard(change)).toMatchObject({ go: false, because: expect.stringContaining('CrashLoopBackOff') });
    expect(await failureOf(change)).toMatchObject({
      sendFailure: 'unknown',
      reason: expect.stringContaining('container not found ("one")'),
    });
  });

  test('says what one would type, what it runs and what it needs', () => {
    const change = inPod(['sh', '-c', "echo 'it is'"], 'u');
    expect(kindOf(change).command(change)).toBe(
      `kubectl exec -n shop ${bench.name} -c one -- sh -c 'echo '\\''it is'\\'''`,
    );
    expect(kindOf(change).describe(change)).toBe(`Pod shop/${bench.name} (one): run sh -c 'echo '\\''it is'\\'''`);
    const access = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', subresource: 'exec' };
    expect(kindOf(change).permission(change)).toMatchObject([
      { endpoint: 'cluster', access: { ...access, verb: 'create' } },
      { endpoint: 'cluster', access: { ...access, verb: 'get', name: bench.name } },
    ]);
  });

  test.each<[string, object]>([
    ['safe', { risk: 'safe' }],
    ['destructive', { risk: 'destructive' }],
    ['without a uid', { object: { endpoint: 'cluster', apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'a' } }],
    ['in a Deployment', { object: { ...inPod(['true'], 'u').object, kind: 'Deployment', apiVersion: 'apps/v1' } }],
    ['without a command', { body: { argv: [], timeoutMs: 1 } }],
    ['without an end', { body: { argv: ['true'] } }],
    ['with input', { body: { argv: ['true'], timeoutMs: 1, stdin: 'x' } }],
    ['with an exit code that is none', { body: { argv: ['true'], timeoutMs: 1, expectExit: 1_000 } }],
  ])('one that is %s is no Change', (_, more) => {
    expect(codeOf({ ...inPod(['true'], 'u'), ...more })).toBe('ChangeMalformed');
    expect(codeOf(inPod(['true'], 'u'))).toBe('allowed');
  });
});

describe('a secret among the words of a command', () => {
  test.each([
    ['--password=hunter2'],
    ['--password'],
    ['--client-token'],
    ['-token=x'],
    ['PGPASSWORD=hunter2'],
    ['spring.datasource.password=hunter2'],
    ['AWS_SECRET=x'],
    ['MY_API_KEY=x'],
    ['postgres://root:hunter2@db:5432/shop'],
    ['Authorization: Bearer abc'],
    ['-----BEGIN RSA PRIVATE KEY-----'],
    ["curl -H 'X-Api-Key: abc' http://relay"],
    ["psql 'password=x host=db'"],
  ])('%s is found, and not repeated', (word) => {
    expect(secretIn(['sh', '-c', word])).toBe(2);
    const plan = (): Change => inPod(['sh', '-c', word], 'u');
    expect(plan).toThrow(expect.objectContaining({ code: 'SecretInChange', blame: 'user' }));
    expect(plan).toThrow('word 3 of it');
    expect(plan).not.toThrow('hunter2');
  });

  test.each([
    ['kafka-topics.sh', '--bootstrap-server', 'localhost:9092', '--list'],
    ['mysql', '--password-file=/run/secrets/db'],
    ['cat', '/var/run/secrets/kubernetes.io/serviceaccount/token'],
    ['etcdctl', '--endpoints=https://127.0.0.1:2379', 'endpoint', 'health'],
    ['kubectl', 'get', 'secret', 'db'],
    ['echo', 'http://host:8080/a@b'],
    [''],
  ])('%s is none', (...words) => {
    expect(secretIn(words)).toBeUndefined();
  });
});
