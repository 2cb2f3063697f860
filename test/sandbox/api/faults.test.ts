import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../../src/sandbox/pipeline/audit.ts';
import { startServer } from './server.ts';
import type { Caller } from './server.ts';

const path = '/api/v1/namespaces/default/configmaps';
const body = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
const asDrctl = { 'user-agent': 'drctl/1.0 run/step' };

describe('faults', () => {
  let api: Caller;
  beforeEach(async () => void (api = await startServer()));
  afterEach(() => api.server.close());

  it('answers a status with Retry-After instead of doing anything', async () => {
    api.server.faults.add({
      match: { verb: 'create' },
      action: { status: { code: 429, reason: 'TooManyRequests', retryAfterSeconds: 7 } },
    });
    const answer = await api.call('POST', path, body('a'));
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '7']);
    expect((await api.call('GET', `${path}/a`)).status).toBe(404);
  });

  it('closes the connection before anything happens', async () => {
    const id = api.server.faults.add({ match: { verb: 'create' }, action: { dropBefore: true } });
    await expect(api.call('POST', path, body('a'))).rejects.toThrow('fetch failed');
    api.server.faults.remove(id);
    expect((await api.call('GET', `${path}/a`)).status).toBe(404);
  });

  it('commits and then closes the connection without a reply', async () => {
    api.server.faults.add({ match: { verb: 'create' }, action: { dropAfter: true } });
    await expect(api.call('POST', path, body('a'))).rejects.toThrow('fetch failed');
    expect((await api.call('GET', `${path}/a`)).status).toBe(200);
  });

  it('meets one client and leaves the others alone', async () => {
    api.server.faults.add({ match: { client: 'drctl/' }, action: { unauthorized: true } });
    expect((await api.call('GET', path, undefined, asDrctl)).status).toBe(401);
    expect((await api.call('GET', path)).status).toBe(200);
  });

  it('meets only the nth request, and no more often than it should', async () => {
    api.server.faults.add({ match: { verb: 'list', nth: 2 }, action: { status: { code: 500 } } });
    const statuses = [];
    for (let index = 0; index < 3; index++) statuses.push((await api.call('GET', path)).status);
    expect(statuses).toEqual([200, 500, 200]);
    api.server.faults.clear();
    api.server.faults.add({ match: { verb: 'list', times: 1 }, action: { status: { code: 503 } } });
    expect([(await api.call('GET', path)).status, (await api.call('GET', path)).status]).toEqual([503, 200]);
  });

  it('delays', async () => {
    api.server.faults.add({ match: { verb: 'list' }, action: { delayMs: 80 } });
    const began = Date.now();
    await api.call('GET', path);
    expect(Date.now() - began).toBeGreaterThanOrEqual(79);
  });
});

describe('the audit log', () => {
  it('has a line for every request, refused and dropped ones included, before the client has its answer', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'audit-'));
    const auditFile = join(folder, 'audit.jsonl');
    const api = await startServer({ auditFile });
    try {
      await api.call('POST', `${path}?dryRun=All`, body('a'), asDrctl);
      await api.call('GET', `${path}/a`, undefined, asDrctl);
      await api.call('GET', '/version', undefined, { authorization: 'Bearer wrong' });
      await api.server.client('sandbox/binder').list({ group: '', version: 'v1', resource: 'persistentvolumes' });
      const lines = (await readFile(auditFile, 'utf8'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as AuditEntry);
      expect(lines.map(({ client, verb, status, dryRun }) => [client, verb, status, dryRun])).toEqual([
        ['drctl/1.0 run/step', 'create', 201, true],
        ['drctl/1.0 run/step', 'get', 404, false],
        [expect.any(String), 'get', 401, false],
        ['sandbox/binder', 'list', 200, false],
      ]);
      expect(lines[0]?.path).toBe(`${path}?dryRun=All`);
    } finally {
      await api.server.close();
      await rm(folder, { recursive: true });
    }
  });
});
