import type { Host } from '../../ports/host.ts';

/** Every notice and question as one JSON line: for a machine that watches. Nobody is here to be asked. */
export function createNdjsonHost(write: (text: string) => void, now: () => number): Host {
  const line = (value: unknown): void => write(`${JSON.stringify(value)}\n`);
  return {
    tell: (notice) => line({ at: new Date(now()).toISOString(), ...notice }),
    ask: (question) => {
      line({ at: new Date(now()).toISOString(), code: 'question', level: 'info', question });
      return Promise.resolve({ none: 'nobody' as const });
    },
  };
}

/** Says nothing, asks nobody. */
export function createSilentHost(): Host {
  return { tell: () => undefined, ask: () => Promise.resolve({ none: 'nobody' as const }) };
}
