import type { Drain } from '../engine/drain.ts';

/**
 * Ctrl-C once: finish what is in flight and pause; twice: stop now. SIGTERM and SIGHUP count as one Ctrl-C however many
 * come: a dead terminal pauses a run, it does not kill it (DESIGN section 4, "Trouble").
 */
export function listenToSignals(drain: Drain, tell: (text: string) => void): { stop(): void } {
  let interrupts = 0;
  const interrupt = (): void => {
    interrupts += 1;
    if (interrupts === 1) {
      tell(
        'Ctrl-C: finishing what is in flight, then pausing. Once more stops now, and what is in flight is then unknown.',
      );
      drain.start({ is: 'interrupted', because: 'Ctrl-C' });
    } else {
      tell('Ctrl-C again: stopping now.');
      drain.stopNow();
    }
  };
  const terminate = (): void => {
    if (drain.active) return;
    tell('told to end: finishing what is in flight, then pausing.');
    drain.start({ is: 'interrupted', because: 'the process was told to end' });
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', terminate);
  process.on('SIGHUP', terminate);
  return {
    stop: () => {
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', terminate);
      process.off('SIGHUP', terminate);
    },
  };
}
