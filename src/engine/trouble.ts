import { formatDuration } from '../model/duration.ts';
import { isDrctlError, messageOf } from '../model/errors.ts';
import { isSendError } from '../ports/door.ts';
import { questionOf } from './asking.ts';
import { DEFAULT_TIMEOUT, type Drive } from './context.ts';
import type { Instance } from './environment.ts';
import type { Patience } from './patience.ts';

/**
 * What the world does to a run that is not the run's fault: credentials that expired, an API that is down or throttles.
 * The run waits, keeps its key, and goes on after looking again who answers there (DESIGN section 4, "Trouble"). False:
 * the run drains. Whoever gets through calls `patience.restore()`.
 */
export async function recover(instance: Instance, error: unknown, patience: Patience, drive: Drive): Promise<boolean> {
  if (isDrctlError(error, 'Fenced') || (isSendError(error) && error.trouble === 'fenced')) throw error;
  const trouble = troubleOf(error);
  if ((isDrctlError(error) && error.exit === 'refused') || trouble === 'forbidden')
    return refuse(instance, messageOf(error), drive);
  if (error instanceof Error && trouble === undefined && !isDrctlError(error)) throw error;
  return waitForWorld(instance, error, patience, drive);
}

function refuse(instance: Instance, because: string, drive: Drive): false {
  drive.host.tell({ code: 'trouble', level: 'error', step: instance.id, data: { because } });
  drive.drain.start({ is: 'refused', because }, instance.id);
  return false;
}

async function waitForWorld(instance: Instance, first: unknown, patience: Patience, drive: Drive): Promise<boolean> {
  const limit = instance.step.timeout ?? DEFAULT_TIMEOUT;
  let last = first;
  let credentials = false;
  for (;;) {
    if (drive.drain.active) return false;
    const unauthorized = troubleOf(last) === 'unauthorized';
    credentials ||= unauthorized;
    tellTrouble(instance, last, unauthorized, patience.elapsed, limit, drive);
    // With a person there, expired credentials are waited for: they are logging in, in another window.
    if (patience.elapsed >= limit && !(unauthorized && drive.interactive)) {
      const because = `after ${formatDuration(limit)}: ${reasonOf(last)}`;
      drive.drain.start({ is: 'paused', because }, instance.id);
      return false;
    }
    await drive.clock.sleep(Math.max(waitAsked(last), patience.nextPause()), drive.drain.signal);
    drive.identity.forget();
    try {
      await drive.identity.verify();
      return !credentials || (await sameCaller(instance, drive));
    } catch (error) {
      if (isDrctlError(error) && error.exit === 'refused') return refuse(instance, error.message, drive);
      if (error instanceof Error && troubleOf(error) === undefined && !isDrctlError(error)) throw error;
      last = error;
    }
  }
}

/** New credentials may be another person's: who writes from now on is asked about, not assumed. */
async function sameCaller(instance: Instance, drive: Drive): Promise<boolean> {
  const before = drive.recorder.state.driver;
  const now = await drive.lookout.world.caller();
  const changed = (['kubernetes', 'aws'] as const).filter(
    (where) => before?.[where] !== undefined && now[where] !== undefined && before[where] !== now[where],
  );
  if (changed.length === 0) return true;
  const words = changed.map((where) => `${where}: ${now[where] ?? ''}, before: ${before?.[where] ?? ''}`);
  const answer = await drive.asker.ask(
    questionOf({
      kind: 'moved',
      step: instance.id,
      about: { caller: now },
      text: `The new credentials are another caller's (${words.join('; ')}). Go on as this one?`,
    }),
  );
  if (answer?.value === 'yes') return true;
  if (answer) drive.drain.start({ is: 'declined', because: 'the new credentials were declined' }, instance.id);
  return false;
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
      because: reasonOf(error),
      elapsed,
      limit,
      ...(unauthorized && drive.target.login !== undefined && { login: drive.target.login }),
    },
  });
}

function reasonOf(error: unknown): string {
  return error === undefined ? 'the world cannot be read now' : messageOf(error);
}

/** The kind of trouble, from the error or from what caused it. */
export function troubleOf(error: unknown): string | undefined {
  if (isSendError(error)) return error.trouble;
  if (error instanceof Error && 'trouble' in error && typeof error.trouble === 'string') return error.trouble;
  return error instanceof Error && error.cause !== undefined ? troubleOf(error.cause) : undefined;
}
