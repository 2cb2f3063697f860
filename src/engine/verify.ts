import type { CheckResult } from '../model/journal.ts';
import type { CheckSpec } from '../model/runbook.ts';
import type { Change } from '../model/change.ts';
import { isDrctlError, messageOf } from '../model/errors.ts';
import type { CommandAnswer } from '../ports/door.ts';
import { formatDuration } from '../model/duration.ts';
import { currentEnvironment, pauseAfter, Stopwatch, type Checked, type Drive } from './context.ts';
import type { Environment, Instance } from './environment.ts';
import { Pace, type Paced } from './pace.ts';

/** What the items done so far are, for checks `over: items`. */
export interface Over {
  readonly items: readonly string[];
  readonly objects: readonly Change['object'][];
}

/**
 * Polls every check until it passes, fails for good, or its `within` is over; people's time does not count. Journals the
 * results. `between` batches: only the checks over items.
 */
export async function verifyStep(
  instance: Instance,
  over: Over,
  when: 'between' | 'last',
  drive: Drive,
): Promise<boolean> {
  const between = when === 'between';
  const specs = instance.step.verify.filter((spec) => !between || spec.over === 'items');
  if (specs.length === 0) return true;
  const env = currentEnvironment(drive);
  const scoped = instance.each ? { ...env, each: instance.each } : env;
  const results = await Promise.all(specs.map((spec) => pollCheck(instance.id, spec, scoped, over, drive)));
  if (drive.drain.active && results.some((one) => !one.passed)) return false;
  const passed = results.every((one) => one.passed);
  await drive.recorder.record({
    type: 'checks.ended',
    step: instance.id,
    passed,
    results,
    ...(between && { between: true }),
  });
  for (const result of results)
    drive.host.tell({
      code: 'check.ended',
      level: result.passed ? 'info' : 'warning',
      step: instance.id,
      data: { ...result },
    });
  return passed;
}

async function pollCheck(
  step: string,
  spec: CheckSpec,
  env: Environment,
  over: Over,
  drive: Drive,
): Promise<CheckResult> {
  const watch = new Stopwatch(drive.clock, drive.asker);
  const pace = new Pace();
  const label = checkLabelOf(spec, env, drive);
  for (let attempt = 0; ; attempt += 1) {
    const checked = await checkOnce(step, spec, env, over, drive);
    if (checked.state === 'passed') return { check: label, passed: true, because: checked.because };
    const progress = pace.see(checked.progress, watch.elapsed);
    const stopped = overBecause(spec, watch.elapsed, pace, progress);
    if (checked.state === 'failed' || stopped !== undefined || drive.drain.active)
      return { check: label, passed: false, because: `${stopped ?? ''}${checked.because}` };
    drive.host.tell({
      code: 'check.waiting',
      level: 'info',
      step,
      data: {
        check: label,
        because: checked.because,
        elapsed: watch.elapsed,
        within: spec.within,
        ...(progress && { progress: { ...progress } }),
        ...(spec.stalledAfter !== undefined && {
          stalledAfter: spec.stalledAfter,
          stillMs: pace.stillFor(watch.elapsed),
        }),
      },
    });
    await drive.clock.sleep(
      Math.min(pauseAfter(attempt), Math.max(0, spec.within - watch.elapsed) + 1),
      drive.drain.signal,
    );
  }
}

/**
 * Why waiting is over, if it is. What stands still for `stalledAfter` is not waited for until `within`: whoever could help
 * should hear of it now. The step is then unverified like any other, and `onFailure` decides.
 */
function overBecause(
  { within, stalledAfter }: CheckSpec,
  elapsed: number,
  pace: Pace,
  progress: Paced | undefined,
): string | undefined {
  if (elapsed >= within) return `not within ${formatDuration(within)}: `;
  const still = pace.stillFor(elapsed);
  if (stalledAfter === undefined || still < stalledAfter) return undefined;
  return `stalled${progress ? ` at ${progress.value}` : ''}, no progress for ${formatDuration(still)}: `;
}

/** A read that failed is not a failed check: it is "not yet", until the time is over. */
async function checkOnce(step: string, spec: CheckSpec, env: Environment, over: Over, drive: Drive): Promise<Checked> {
  try {
    return await drive.checker(spec, env, spec.over === 'items' ? over : {}, (argv) => runCommand(step, argv, drive));
  } catch (error) {
    if (isDrctlError(error) && error.blame !== 'tool') return { state: 'not-yet', because: messageOf(error) };
    throw error;
  }
}

/** A command may do anything: it goes through the door like every other effect, under its step's leave. */
function runCommand(step: string, argv: readonly string[], drive: Drive): Promise<CommandAnswer> {
  const outlet = drive.executor.door.open({
    run: drive.recorder.run,
    step,
    changeId: `${step}/check`,
    epoch: drive.recorder.epoch,
    beganAt: drive.clock.monotonic(),
    check: () => drive.recorder.check(),
    signal: drive.drain.nowSignal,
  });
  return outlet.command({ argv, timeoutMs: 30_000 });
}

/** As it is performed: what stands in `${{ }}` is filled in. */
function checkLabelOf(spec: CheckSpec, env: Environment, drive: Pick<Drive, 'expressions'>): string {
  const rendered = drive.expressions.render(spec.check, env);
  const check = 'value' in rendered ? (rendered.value as unknown as CheckSpec['check']) : spec.check;
  switch (check.kind) {
    case 'object':
      return `${check.objectKind} ${check.name ?? check.labelSelector ?? '(all)'}: ${spec.expect}`;
    case 'http':
      return `${check.method} ${check.url}: ${spec.expect}`;
    case 'promql':
      return `${check.query}: ${spec.expect}`;
    case 'command':
      return `${check.argv.join(' ')}: ${spec.expect}`;
  }
}
