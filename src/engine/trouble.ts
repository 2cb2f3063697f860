import { formatDuration } from '../model/duration.ts';
import { isDrctlError, messageOf } from '../model/errors.ts';
import { isSendError } from '../ports/door.ts';
import { DEFAULT_TIMEOUT, pauseAfter, Stopwatch, type Drive } from './context.ts';
import type { Instance } from './environment.ts';

/**
 * What the world does to a run that is not the run's fault: credentials that expired, an API that is down or throttles.
 * The run waits, keeps its key, and goes on after looking again who answers there (DESIGN section 4, "Trouble"). False:
 * the run drains.
 */
export async function recover(instance: Instance, error: unknown, drive: Drive): Promise<boolean> {
  if (isDrctlError(error, 'Fenced') || (isSendError(error) && error.trouble === 'fenced')) throw error;
  if (isDrctlError(error) && error.exit === 'refused') return refuse(instance, error.message, drive);
  const trouble = troubleOf(error);
  if (trouble === 'forbidden') return refuse(instance, messageOf(error), drive);
  if (trouble === undefined && error instanceof Error && !isDrctlError(error)) throw error;
  return waitForWorld(instance, trouble === 'unauthorized', error, drive);
}

function refuse(instance: Instance, because: string, drive: Drive): false {
  drive.host.tell({ code: 'trouble', level: 'error', step: instance.id, data: { because } });
  drive.drain.start({ is: 'refused', because }, instance.id);
  return false;
}

async function waitForWorld(instance: Instance, credentials: boolean, first: unknown, drive: Drive): Promise<boolean> {
  const watch = new Stopwatch(drive.clock, drive.asker);
  const limit = instance.step.timeout ?? DEFAULT_TIMEOUT;
  let last = first;
  let unauthorized = credentials;
  await drive.clock.sleep(waitAsked(first), drive.drain.signal);
  for (let attempt = 0; ; attempt += 1) {
    if (drive.drain.active) return false;
    tellTrouble(instance, last, unauthorized, watch.elapsed, limit, drive);
    drive.identity.forget();
    try {
      await drive.identity.verify();
      return true;
    } catch (error) {
      if (isDrctlError(error) && error.exit === 'refused') return refuse(instance, error.message, drive);
      last = error;
      unauthorized = troubleOf(error) === 'unauthorized';
    }
    // With a person there, expired credentials are waited for: they are logging in, in another window.
    if (watch.elapsed >= limit && !(unauthorized && drive.interactive)) {
      drive.drain.start({ is: 'paused', because: `after ${formatDuration(limit)}: ${messageOf(last)}` }, instance.id);
      return false;
    }
    await drive.clock.sleep(pauseAfter(attempt), drive.drain.signal);
  }
}

/** What the server asked for, within reason. */
function waitAsked(error: unknown): number {
  const asked = isSendError(error) ? error.retryAfter : undefined;
  return Math.min(asked ?? 0, 60_000);
}

function tellTrouble(
  instance: Instance,
  error: unknown,
  unauthorized: boolean,
  elapsed: number,
  limit: number,
  drive: Drive,
): void {
  drive.host.tell({
    code: 'trouble',
    level: 'warning',
    step: instance.id,
    data: {
      because: error === undefined ? 'the world cannot be read now' : messageOf(error),
      elapsed,
      limit,
      ...(unauthorized && drive.target.login !== undefined && { login: drive.target.login }),
    },
  });
}

/** The kind of trouble, from the error or from what caused it. */
export function troubleOf(error: unknown): string | undefined {
  if (isSendError(error)) return error.trouble;
  if (error instanceof Error && 'trouble' in error && typeof error.trouble === 'string') return error.trouble;
  return error instanceof Error && error.cause !== undefined ? troubleOf(error.cause) : undefined;
}
