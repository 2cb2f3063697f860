import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { evaluateCheck } from '../../src/checks/index.ts';
import type { Json } from '../../src/model/json.ts';
import type { CheckSpec } from '../../src/model/runbook.ts';
import { startApi } from '../world/misbehaving-api.ts';

/** A server that speaks as https://prometheus.io/docs/prometheus/latest/querying/api says, and keeps what it was asked. */
const asked: { method: string; path: string; type: string; form: URLSearchParams }[] = [];
let answer: { status: number; body: string } = { status: 200, body: '' };
let address = '';

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

const server = createServer((request, response) => {
  void bodyOf(request).then((body) => {
    asked.push({
      method: request.method ?? '',
      path: request.url ?? '',
      type: request.headers['content-type'] ?? '',
      form: new URLSearchParams(body),
    });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
  });
});

let api: Awaited<ReturnType<typeof startApi>>;
let opened: Awaited<ReturnType<typeof api.world>>;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  api = await startApi((_, response) => void response.end('{}'));
  opened = await api.world();
});
beforeEach(() => (asked.length = 0));
afterAll(async () => {
  await opened.close();
  await api[Symbol.asyncDispose]();
  server.close();
});

function answers(data: Json, more: object = {}): void {
  answer = { status: 200, body: JSON.stringify({ status: 'success', data, ...more }) };
}

function fails(status: number, errorType: string, error: string): void {
  answer = { status, body: JSON.stringify({ status: 'error', errorType, error }) };
}

function check(expected: string, more: Partial<CheckSpec> = {}, url = address, query = 'up{job="shop"} > 0') {
  return evaluateCheck({
    spec: { check: { kind: 'promql', url, query }, expect: expected, within: 1_000, ...more },
    env: { params: {}, target: { name: 't', class: 'staging' }, steps: {} },
    over: {},
    world: opened.world,
    command: () => Promise.reject(new Error('no command here')),
  });
}

const vector = (...values: string[]): Json => ({
  resultType: 'vector',
  result: values.map((value, at) => ({
    metric: { __name__: 'up', instance: `i${at}` },
    value: [1_435_781_451.781, value],
  })),
});

describe('what is asked', () => {
  test('one form by POST to the query of the API, whatever stands before it', async () => {
    answers(vector('1'));
    for (const url of [address, `${address}/`, `${address}/prometheus`, `${address}/api/v1/query`])
      await check('self.value == 1.0', {}, url);
    expect(asked.map(({ path }) => path)).toEqual([
      '/api/v1/query',
      '/api/v1/query',
      '/prometheus/api/v1/query',
      '/api/v1/query',
    ]);
    expect(asked[0]).toMatchObject({ method: 'POST', type: 'application/x-www-form-urlencoded' });
    expect(asked[0]?.form.get('query')).toBe('up{job="shop"} > 0');
  });

  test('through an API server by GET, where a POST would be a write', async () => {
    const prometheus = '/api/v1/namespaces/monitoring/services/prometheus:9090/proxy';
    await check('self.value == 1.0', {}, `cluster:${prometheus}/`);
    const [seen] = api.requests;
    expect(seen).toMatchObject({ method: 'GET', path: `${prometheus}/api/v1/query` });
    expect(seen?.query.get('query')).toBe('up{job="shop"} > 0');
  });

  test('nothing else is sent by POST without the door', async () => {
    const write = opened.world.http({ method: 'POST', url: `${address}/api/v1/admin/tsdb/delete_series` });
    await expect(write).rejects.toMatchObject({ code: 'WriteRefused' });
    expect(asked).toEqual([]);
  });
});

describe('an answer', () => {
  test('of one series, and of several that all must hold', async () => {
    answers(vector('1'));
    expect(await check('self.value == 1.0')).toMatchObject({ state: 'passed' });
    answers(vector('1', '1', '0'));
    expect(await check('self.value == 1.0')).toMatchObject({
      state: 'not-yet',
      because: expect.stringMatching(/2 of 3 series.*up\{instance="i2"\}/),
      progress: { value: 2, total: 3 },
    });
  });

  test('can be judged by its labels', async () => {
    answers(vector('1'));
    expect(await check('self.metric.instance == "i0"')).toMatchObject({ state: 'passed' });
    expect(await check('self.metric.nowhere == "x"')).toMatchObject({ state: 'not-yet' });
  });

  test('that is a scalar is one value', async () => {
    answers({ resultType: 'scalar', result: [1_435_781_460.781, '42.5'] });
    expect(await check('self.value > 40.0')).toMatchObject({ state: 'passed' });
    expect(await check('self.value > 50.0')).toMatchObject({ state: 'not-yet' });
  });

  test('tells how far it is', async () => {
    answers(vector('120'));
    expect(await check('self.value == 0.0', { progress: 'self.value' })).toMatchObject({ progress: { value: 120 } });
  });

  test.each([
    ['+Inf', 'self.value > 1000000.0', 'passed'],
    ['-Inf', 'self.value < 0.0', 'passed'],
    ['NaN', 'self.value >= 0.0', 'not-yet'],
  ])('%s is a number like PromQL means it', async (value, expected, state) => {
    answers(vector(value));
    expect(await check(expected)).toMatchObject({ state });
  });

  test('without data is a miss, whatever is expected', async () => {
    answers(vector());
    expect(await check('true')).toMatchObject({ state: 'not-yet', because: 'no series there' });
  });

  test('that came in part is no ground to say yes', async () => {
    answers(vector('1'), { warnings: ['store 3 did not answer'] });
    expect(await check('true')).toMatchObject({
      state: 'not-yet',
      because: 'the answer came in part: store 3 did not answer',
    });
  });

  test('with notes beside it is an answer', async () => {
    answers(vector('1'), { infos: ['metric might not be a counter'] });
    expect(await check('true')).toMatchObject({ state: 'passed' });
  });

  test.each(['matrix', 'string'])('that is a %s will never do', async (resultType) => {
    answers({ resultType, result: [] });
    expect(await check('true')).toMatchObject({ state: 'failed', because: expect.stringContaining(resultType) });
  });

  test('of histograms will never do', async () => {
    answers({ resultType: 'vector', result: [{ metric: {}, histogram: [1, { count: '1', sum: '2', buckets: [] }] }] });
    expect(await check('true')).toMatchObject({ state: 'failed', because: expect.stringContaining('histograms') });
  });
});

describe('trouble', () => {
  test('a query that is wrong stays wrong, and what Prometheus says of it is passed on', async () => {
    fails(400, 'bad_data', 'invalid parameter "query": 1:4: parse error');
    expect(await check('true')).toEqual({
      state: 'failed',
      because: 'HTTP 400, bad_data: invalid parameter "query": 1:4: parse error',
    });
  });

  test.each([
    [422, 'execution', 'found duplicate series for the match group'],
    [503, 'timeout', 'query timed out'],
    [500, 'internal', 'tsdb is closed'],
  ])('HTTP %i may pass', async (status, type, error) => {
    fails(status, type, error);
    expect(await check('true')).toMatchObject({ state: 'not-yet', because: `HTTP ${status}, ${type}: ${error}` });
  });

  test.each([
    [200, '<html>please log in</html>'],
    [404, '404 page not found'],
    [302, ''],
    [200, '{"status":"success"}'],
    [200, '{"status":"success","data":{"resultType":"vector","result":"none"}}'],
    [200, '{"status":"success","data":{"resultType":"scalar","result":[1]}}'],
  ])('HTTP %i with %s is no yes', async (status, body) => {
    answer = { status, body };
    expect(await check('true')).toMatchObject({ state: 'not-yet' });
  });

  test('nobody there is no verdict', async () => {
    await expect(check('true', {}, 'http://127.0.0.1:1')).rejects.toMatchObject({ code: 'CannotSee' });
  });

  test('an address that is none is the fault of whoever wrote it', async () => {
    await expect(check('true', {}, 'prometheus')).rejects.toMatchObject({ code: 'UrlInvalid' });
  });
});
