import { formatDuration } from '../model/duration.ts';
import { DrctlError } from '../model/errors.ts';
import type { Host } from '../ports/host.ts';
import type { Driver } from '../ports/run-store.ts';

export function holderOf(driver: Driver): string {
  return `${driver.account} on ${driver.host} (process ${driver.pid}, since ${driver.since})`;
}

export function fenced(run: string, by: Driver | undefined): DrctlError {
  const who = by ? holderOf(by) : 'somebody else';
  return new DrctlError('Fenced', 'user', `run ${run} was taken over by ${who}: this process begins nothing new`, {
    exit: 'driven',
    nextSteps: [`watch it: drctl status ${run} --watch`, 'talk to them before you take it back'],
  });
}

export function released(run: string): DrctlError {
  return new DrctlError('JournalReleased', 'tool', `run ${run}: its key was given back, nothing more can be recorded`, {
    nextSteps: [`take it again: drctl resume ${run}`],
  });
}

export function runExists(run: string): DrctlError {
  return new DrctlError('RunExists', 'user', `there is a run ${run} already`, {
    nextSteps: [`go on with it: drctl resume ${run}`],
  });
}

export function drivenByOther(run: string, by: Driver): DrctlError {
  return new DrctlError('DrivenByOther', 'user', `run ${run} is driven by ${holderOf(by)}`, {
    exit: 'driven',
    nextSteps: [
      `watch it: drctl status ${run} --watch`,
      `ask them to pause it: drctl pause ${run}`,
      `if they are surely gone: drctl resume ${run} --take-over --because REASON`,
    ],
  });
}

export function runUnknown(run: string, where: string): DrctlError {
  return new DrctlError('RunUnknown', 'user', `there is no run ${JSON.stringify(run)} in ${where}`, {
    nextSteps: ['list them: drctl runs', 'name another place with --state'],
  });
}

export function tellClockSetBack(behindMs: number, tell: Host['tell']): void {
  const message =
    `this machine's clock is ${formatDuration(behindMs)} behind the last line of the journal: ` +
    'until it has caught up, lines carry the time of that line';
  tell({ code: 'warning', level: 'warning', data: { code: 'ClockSetBack', behindMs, message, because: message } });
}
