import type { Dispatcher } from 'undici';
import { DrctlError } from '../model/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Grant } from '../ports/door.ts';
import { type Channel, ChannelRefused, type ChannelRequest, openChannel } from './channel.ts';
import { exchange, ExchangeFailed, type Incoming, type Outgoing } from './exchange.ts';
import type { Limiter } from './limiter.ts';
import { classOf, type Asked } from './request-classes.ts';
import { SendFailed } from './trouble.ts';

/** Whatever has begun within this many milliseconds of `changes.began` is sent, or nothing is (DESIGN section 4, "One driver"). */
export const SEND_WITHIN = 10_000;

/** How long one request may take until it is given up: what a taker waits out beside SEND_WITHIN. */
export const REQUEST_DEADLINE = 30_000;

export interface Wire {
  readonly asked: Asked;
  readonly dispatcher: Dispatcher;
  readonly outgoing: Outgoing;
}

/** The one function through which bytes leave. */
export type Transport = (wire: Wire) => Promise<Incoming>;

/** Sends what cannot have an effect. A write is a fault of drctl's: refused before a byte is sent (promise 1). */
export function readTransport(limiter: Limiter): Transport {
  return (wire) => {
    const is = classOf(wire.asked);
    if (is === 'write' || is === 'lease') return Promise.reject(writeRefused(wire));
    return send(wire, limiter, { check: () => Promise.resolve(), inTime: () => undefined });
  };
}

/** Sends the writes of one grant, and nothing else. Asks the grant, and looks at the clock, right before each first byte. */
export function writeTransport(limiter: Limiter, grant: Grant, clock: Clock): Transport {
  return (wire) => {
    if ((grant.only === 'lease') !== (classOf(wire.asked) === 'lease'))
      return Promise.reject(notGranted(wire.outgoing));
    const outgoing = { ...wire.outgoing, signal: grant.signal };
    return send({ ...wire, outgoing }, limiter, {
      check: () => grant.check(),
      inTime: () => assertInTime(grant, clock),
    });
  };
}

/** A channel to be opened, and the grant's word to stop, which it outlives. */
export interface ChannelWire {
  readonly asked: Asked;
  readonly dispatcher: Dispatcher;
  readonly request: Omit<ChannelRequest, 'signal'>;
}

export type Opening = (wire: ChannelWire) => Promise<{ readonly channel: Channel; readonly signal: AbortSignal }>;

/**
 * Opens channels under one grant, as `writeTransport` sends writes. In flight is only their opening: an API server does not
 * count what runs long against its clients either, and one command must not hold up every read.
 */
export function channelOpening(limiter: Limiter, grant: Grant, clock: Clock): Opening {
  return ({ asked, dispatcher, request }) => {
    if (grant.only === 'lease' || classOf(asked) !== 'write')
      return Promise.reject(notGranted({ method: 'GET', url: request.url }));
    const { signal } = grant;
    return limiter.run(async (trouble) => {
      try {
        await grant.check();
        assertInTime(grant, clock);
        const channel = await openChannel(dispatcher, { ...request, signal }, () => assertInTime(grant, clock));
        return { channel, signal };
      } catch (error) {
        if (isOverload(error)) trouble();
        throw error;
      }
    });
  };
}

function isOverload(error: unknown): boolean {
  if (error instanceof ChannelRefused) return error.answer.status === 429 || error.answer.status === 503;
  return error instanceof ExchangeFailed && error.timedOut;
}

interface Leave {
  check(): Promise<void>;
  inTime(): void;
}

/**
 * Statuses by which the target asks for less. That an application is not up yet (503, or no answer) says nothing of its
 * cluster, and is what a recovery asks all the time; through an API server it is still the API server that says 429.
 */
const TROUBLES: Readonly<Record<Asked['api'], readonly number[]>> = {
  kube: [429, 503],
  aws: [429, 503],
  proxy: [429],
  http: [],
  promql: [],
};

async function send({ asked, dispatcher, outgoing }: Wire, limiter: Limiter, leave: Leave): Promise<Incoming> {
  return limiter.run(async (trouble) => {
    try {
      await leave.check();
      leave.inTime();
      const incoming = await exchange(dispatcher, outgoing, () => leave.inTime());
      if (TROUBLES[asked.api].includes(incoming.status)) trouble();
      return incoming;
    } catch (error) {
      if (error instanceof ExchangeFailed && error.timedOut && TROUBLES[asked.api].includes(503)) trouble();
      throw error;
    }
  });
}

/** Throws SendFailed, `late`: what a taker may rely on not to happen any more. */
export function assertInTime(grant: Pick<Grant, 'beganAt' | 'signal' | 'changeId'>, clock: Clock): void {
  const elapsed = clock.monotonic() - grant.beganAt;
  if (grant.signal.aborted) throw tooLate(grant.changeId, 'stopped before it was sent');
  if (elapsed >= SEND_WITHIN)
    throw tooLate(grant.changeId, `not sent: its intent is ${Math.round(elapsed / 1_000)} s old`);
}

function tooLate(what: string, reason: string): SendFailed {
  return new SendFailed(what, { trouble: 'late', effect: 'not-performed', again: false, reason });
}

/** The Lease is kept by what takes it for a run; no Change reaches it, and what is granted for it reaches nothing else. */
function notGranted({ method, url }: Pick<Outgoing, 'method' | 'url'>): DrctlError {
  return new DrctlError('NotGranted', 'tool', `${method} ${url.pathname} is not what this leave to write is for`, {
    nextSteps: ["nothing was sent; drctl's own Lease is not for a runbook to write"],
  });
}

function writeRefused({ outgoing }: Wire): DrctlError {
  const { method, url } = outgoing;
  return new DrctlError('WriteRefused', 'tool', `${method} ${url.pathname} is a write, and planning never writes`, {
    nextSteps: ['nothing was sent; please report this: only the door may send it'],
  });
}
