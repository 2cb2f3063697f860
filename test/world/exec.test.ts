import type { Duplex } from 'node:stream';
import { Agent } from 'undici';
import { describe, expect, test } from 'vitest';
import type { ExecAnswer, Grant, Outlet } from '../../src/ports/door.ts';
import type { Clock } from '../../src/ports/clock.ts';
import { systemClock } from '../../src/world/index.ts';
import { Limiter } from '../../src/world/limiter.ts';
import { readTransport } from '../../src/world/transport.ts';
import type { SendFailed } from '../../src/world/trouble.ts';
import { type Behaviour, exited, say, startChannels, SUCCESS } from './channel-server.ts';
import { ManualClock } from './manual-clock.ts';
import { grantOf, statusOf } from './misbehaving-api.ts';

const ECHO = { namespace: 'shop', pod: 'kafka-0', container: 'kafka', argv: ['echo', 'a b', '&c'], timeoutMs: 5_000 };

type Api = Awaited<ReturnType<typeof startChannels>>;

interface How {
  readonly clock?: Clock;
  readonly timeoutMs?: number;
  readonly grant?: Partial<Grant>;
}

async function running<T>(
  behaviour: Behaviour,
  use: (outlet: Outlet, api: Api) => Promise<T>,
  { clock = systemClock, timeoutMs, grant }: How = {},
): Promise<T> {
  await using api = await startChannels(behaviour);
  const { door, close } = await api.world(clock, timeoutMs);
  try {
    return await use(door.open(grantOf(clock, grant)), api);
  } finally {
    await close();
  }
}

function answerTo(channel: Behaviour['channel'], request: Partial<typeof ECHO> = {}): Promise<ExecAnswer> {
  return running({ channel: channel! }, (outlet) => outlet.exec('cluster', { ...ECHO, ...request }));
}

async function failureOf(work: Promise<unknown>): Promise<SendFailed> {
  try {
    await work;
  } catch (error) {
    return error as SendFailed;
  }
  throw new Error('it did not fail');
}

describe('what is sent', () => {
  test('one GET that asks for the newest protocol first, with every word of the command, and our name', async () => {
    await running({ channel: (channel) => (say(channel, 3, SUCCESS), channel.close()) }, async (outlet, api) => {
      await outlet.exec('cluster', ECHO);
      expect(api.requests).toHaveLength(1);
      const [{ url, headers } = { url: new URL('x:'), headers: {} }] = api.requests;
      expect(url.pathname).toBe('/api/v1/namespaces/shop/pods/kafka-0/exec');
      expect([...url.searchParams]).toEqual([
        ['command', 'echo'],
        ['command', 'a b'],
        ['command', '&c'],
        ['container', 'kafka'],
        ['stdout', 'true'],
        ['stderr', 'true'],
      ]);
      expect(headers).toMatchObject({
        authorization: 'Bearer first',
        'user-agent': 'drctl/9.9.9 run-1/rebind[kafka]',
        'sec-websocket-protocol': 'v5.channel.k8s.io, v4.channel.k8s.io',
      });
    });
  });

  test.each([[{ pod: '../x' }], [{ pod: '' }]])('a name that is none reaches no other path: %j', async (name) => {
    await running({ channel: () => undefined }, async (outlet, api) => {
      await expect(outlet.exec('cluster', { ...ECHO, ...name })).rejects.toMatchObject({ code: 'NotGranted' });
      expect(api.requests).toEqual([]);
    });
  });
});

describe('what comes back', () => {
  test.each(['v5.channel.k8s.io', 'v4.channel.k8s.io'])('output and errors, each by itself: %s', async (protocol) => {
    const channel: Behaviour['channel'] = (opened) => {
      for (const [stream, text] of [
        [1, ''],
        [1, 'one '],
        [2, 'oh'],
        [1, 'two'],
        [3, SUCCESS],
      ] as const)
        say(opened, stream, text);
      opened.close();
    };
    const answer = await running({ channel, protocol }, (outlet) => outlet.exec('cluster', ECHO));
    expect(answer).toEqual({ exitCode: 0, stdout: 'one two', stderr: 'oh' });
  });

  test.each([1, 2, 126, 127, 137, 255])('exit code %i is an answer', async (code) => {
    const answer = await answerTo((channel) => (say(channel, 3, exited(code)), channel.close()));
    expect(answer.exitCode).toBe(code);
  });

  test('a Status in two parts, and a connection that is cut right after it', async () => {
    const text = JSON.stringify(exited(3));
    const answer = await answerTo((channel) => {
      say(channel, 3, text.slice(0, 20));
      say(channel, 3, text.slice(20));
      setTimeout(() => channel.terminate(), 50);
    });
    expect(answer.exitCode).toBe(3);
  });

  test('a server that tells the end and keeps the connection is not waited for long', async () => {
    const began = performance.now();
    const answer = await answerTo((channel) => say(channel, 3, SUCCESS), { timeoutMs: 20_000 });
    expect(answer.exitCode).toBe(0);
    expect(performance.now() - began).toBeLessThan(6_000);
  });

  test('of much output the beginning and the end are kept, and what was cut is counted', async () => {
    const answer = await answerTo((channel) => {
      say(channel, 1, 'begin');
      for (let part = 0; part < 50; part += 1) say(channel, 1, 'x'.repeat(20_000));
      say(channel, 1, 'end');
      say(channel, 2, 'y'.repeat(70_000));
      say(channel, 3, SUCCESS);
      channel.close();
    });
    expect(answer.stdout).toMatch(/^beginxxx[^]*\[… 934472 bytes cut …\][^]*xxxend$/);
    expect(answer.stdout.length).toBeLessThan(66_000);
    expect(answer.stderr.length).toBeLessThan(66_000);
  });
});

describe('where the end is not told, nobody knows what it did: unknown, and sent once', () => {
  test.each<[string, Behaviour['channel'], string]>([
    ['closed without a word', (channel) => channel.close(), 'lost'],
    ['cut in the middle', (channel) => (say(channel, 1, 'half'), setTimeout(() => channel.terminate(), 20)), 'lost'],
    ['half a Status', (channel) => (say(channel, 3, '{"status":"Suc'), channel.close()), 'lost'],
    ['no Status at all', (channel) => (say(channel, 3, 'exit 0'), channel.close()), 'lost'],
    [
      'a Status of something else',
      (channel) => (say(channel, 3, { status: 'Failure', message: 'no runtime' }), channel.close()),
      'no runtime',
    ],
    ['an exit code that is none', (channel) => (say(channel, 3, exited('many')), channel.close()), 'exit code: many'],
    ['no end in time', () => undefined, 'no end within 300 ms; it may still be running'],
  ])('%s', async (_, channel, reason) => {
    await running({ channel: channel! }, async (outlet, api) => {
      const failure = await failureOf(outlet.exec('cluster', { ...ECHO, timeoutMs: 300 }));
      expect(failure).toMatchObject({ sendFailure: 'unknown', reason: expect.stringContaining(reason) });
      expect(failure.message).toContain('exec in Pod shop/kafka-0');
      expect(api.requests).toHaveLength(1);
    });
  });

  test('a connection that ends before it is opened', async () => {
    const refuse = (socket: Duplex): void => void socket.destroy();
    await running({ refuse }, async (outlet, api) => {
      expect(await failureOf(outlet.exec('cluster', ECHO))).toMatchObject({
        sendFailure: 'unknown',
        trouble: 'unreachable',
      });
      expect(api.requests).toHaveLength(1);
    });
  });

  test('a server that says nothing is given up, and the connection with it', async () => {
    await running(
      { refuse: (socket) => void socket.resume().on('end', () => socket.end()) },
      async (outlet, api) => {
        const failure = await failureOf(outlet.exec('cluster', ECHO));
        expect(failure).toMatchObject({
          sendFailure: 'unknown',
          reason: expect.stringContaining('no channel within 200 ms'),
        });
        await expect.poll(() => [...api.wires].every((wire) => wire.destroyed)).toBe(true);
        expect(api.requests).toHaveLength(1);
      },
      { timeoutMs: 200 },
    );
  });

  test('stopped by a person while it runs: given up at once', async () => {
    const stop = new AbortController();
    const channel = (): void => void setTimeout(() => stop.abort(), 50);
    const grant = { signal: stop.signal };
    await running(
      { channel },
      async (outlet) => {
        const failure = await failureOf(outlet.exec('cluster', ECHO));
        expect(failure).toMatchObject({ sendFailure: 'unknown', reason: expect.stringContaining('stopped') });
      },
      { grant },
    );
  });
});

const refusing =
  (status: number, body: string, headers = '') =>
  (socket: Duplex): void =>
    void socket.end(
      `HTTP/1.1 ${status} No\r\ncontent-type: application/json\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`,
    );

describe('what the API server refuses was not performed', () => {
  test.each([
    [400, 'BadRequest', 'not-performed', 'invalid'],
    [401, 'Unauthorized', 'not-performed', 'unauthorized'],
    [403, 'Forbidden', 'not-performed', 'forbidden'],
    [404, 'NotFound', 'not-performed', 'not-found'],
    [429, 'TooManyRequests', 'not-performed', 'throttled'],
    [500, 'InternalError', 'unknown', 'server'],
    [501, 'NotImplemented', 'not-performed', 'invalid'],
  ])('%i %s: %s', async (status, reason, sendFailure, trouble) => {
    const refuse = refusing(status, JSON.stringify(statusOf(status, reason)), 'retry-after: 3\r\n');
    await running({ refuse }, async (outlet, api) => {
      const failure = await failureOf(outlet.exec('cluster', ECHO));
      expect(failure).toMatchObject({ sendFailure, trouble, status, retryAfter: 3_000, reason: `${reason} it is` });
      expect(api.requests).toHaveLength(1);
    });
  });

  test.each([
    [200, '{"kind":"Pod"}', 'opened no channel'],
    [302, '', 'not from the API server'],
    [404, '<html>no such page</html>', 'not from the API server'],
  ])('%i from something else: unknown', async (status, body, reason) => {
    await running({ refuse: refusing(status, body) }, async (outlet) => {
      const failure = await failureOf(outlet.exec('cluster', ECHO));
      expect(failure).toMatchObject({ sendFailure: 'unknown', reason: expect.stringContaining(reason) });
    });
  });

  test('an endless refusal is cut off', async () => {
    const refuse = (socket: Duplex): void => {
      socket.on('error', () => undefined);
      socket.write('HTTP/1.1 403 No\r\ntransfer-encoding: chunked\r\n\r\n');
      const more = (): void => {
        if (!socket.destroyed) socket.write(`4000\r\n${'x'.repeat(0x4000)}\r\n`, more);
      };
      more();
    };
    await running({ refuse }, async (outlet) => {
      expect(await failureOf(outlet.exec('cluster', ECHO))).toMatchObject({ sendFailure: 'unknown' });
    });
  });

  test('an expired token is read anew at the next attempt', async () => {
    const refuse = refusing(401, JSON.stringify(statusOf(401, 'Unauthorized')));
    await running({ refuse }, async (outlet, api) => {
      await failureOf(outlet.exec('cluster', ECHO));
      api.write('second');
      await failureOf(outlet.exec('cluster', ECHO));
      expect(api.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer second']);
    });
  });

  test('nobody listens: nothing was sent', async () => {
    const api = await startChannels({});
    await api[Symbol.asyncDispose]();
    const refused = api.world();
    await expect(
      refused.then(({ door }) => door.open(grantOf(systemClock)).exec('cluster', ECHO)),
    ).rejects.toMatchObject({
      sendFailure: 'not-performed',
    });
  });
});

describe('the grant is asked right before the first byte', () => {
  const never = { channel: () => undefined };

  test('a fenced grant sends nothing', async () => {
    const fenced = Object.assign(new Error('somebody else drives'), { code: 'Fenced' });
    await running(
      never,
      async (outlet, api) => {
        await expect(outlet.exec('cluster', ECHO)).rejects.toBe(fenced);
        expect(api.requests).toEqual([]);
      },
      { grant: { check: () => Promise.reject(fenced) } },
    );
  });

  test('an intent older than ten seconds is not sent, also where the time went by while it waited', async () => {
    const clock = new ManualClock();
    const check = (): Promise<void> => (clock.advance(10_000), Promise.resolve());
    await running(
      never,
      async (outlet, api) => {
        const failure = await failureOf(outlet.exec('cluster', ECHO));
        expect(failure).toMatchObject({ sendFailure: 'not-performed', trouble: 'late' });
        expect(api.requests).toEqual([]);
      },
      { clock, grant: { check } },
    );
  });

  test('the time is looked at once more when the connection stands', async () => {
    const clock = new ManualClock();
    let asked = 0;
    const slow: Clock = {
      now: clock.now,
      sleep: (ms) => clock.sleep(ms),
      monotonic: () => {
        asked += 1;
        // the grant, the credentials, before the connection is made, and once more
        return asked > 3 ? 10_000 : 0;
      },
    };
    await running(
      never,
      async (outlet, api) => {
        const failure = await failureOf(outlet.exec('cluster', ECHO));
        expect(failure).toMatchObject({ sendFailure: 'not-performed', trouble: 'late' });
        expect(api.requests).toEqual([]);
      },
      { clock: slow },
    );
  });

  test('one that was stopped before sends nothing', async () => {
    await running(
      never,
      async (outlet, api) => {
        expect(await failureOf(outlet.exec('cluster', ECHO))).toMatchObject({
          trouble: 'late',
          sendFailure: 'not-performed',
        });
        expect(api.requests).toEqual([]);
      },
      { grant: { signal: AbortSignal.abort() } },
    );
  });

  test('leave to write the Lease is no leave to run a command', async () => {
    await running(
      never,
      async (outlet, api) => {
        await expect(outlet.exec('cluster', ECHO)).rejects.toMatchObject({ code: 'NotGranted' });
        expect(api.requests).toEqual([]);
      },
      { grant: { only: 'lease' } },
    );
  });
});

test.each(['GET', 'POST'])('planning cannot: its transport refuses the %s before a byte is sent', async (method) => {
  await using api = await startChannels({});
  const dispatcher = new Agent();
  const url = new URL('/api/v1/namespaces/shop/pods/kafka-0/exec?command=true&dryRun=All', api.url);
  const asked = { api: 'kube', method, path: url.pathname, query: url.searchParams } as const;
  const outgoing = { url, method, headers: {}, timeoutMs: 1_000, maxBytes: 1, whole: false };
  await expect(readTransport(new Limiter())({ asked, dispatcher, outgoing })).rejects.toMatchObject({
    code: 'WriteRefused',
  });
  expect(api.wires.size).toBe(0);
  await dispatcher.destroy();
});

test('long commands do not hold up others: twenty at once are all begun', async () => {
  const open: { close(): void }[] = [];
  const channel: Behaviour['channel'] = (opened) => {
    open.push({ close: () => (say(opened, 3, SUCCESS), opened.close()) });
    if (open.length === 20) for (const one of open) one.close();
  };
  await running({ channel }, async (outlet) => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => outlet.exec('cluster', ECHO)));
    expect(answers.every(({ exitCode }) => exitCode === 0)).toBe(true);
  });
});
