import type { Host } from '../ports/host.ts';
import { createNdjsonHost, createSilentHost } from './hosts/ndjson.ts';
import { createPlainHost } from './hosts/plain.ts';

export interface HostChoice {
  readonly progress: 'auto' | 'tty' | 'plain' | 'ndjson' | 'none';
  readonly json: boolean;
  /** `DRILL`, `SANDBOX` or nothing, before every line. */
  readonly prefix: string;
}

export interface ChosenHost {
  readonly host: Host;
  readonly interactive: boolean;
  close(): Promise<void>;
}

/** The host for where we are: a live view on a terminal, plain lines elsewhere. All of it on stderr when stdout is a document. */
export async function chooseHost(choice: HostChoice): Promise<ChosenHost> {
  const out = choice.json || choice.progress === 'ndjson' ? process.stderr : process.stdout;
  const write = (text: string): void => {
    out.write(text);
  };
  const terminal = hasTerminal(out);
  const quiet = { interactive: false, close: () => Promise.resolve() };
  if (choice.progress === 'none') return { host: createSilentHost(), ...quiet };
  if (choice.progress === 'ndjson') return { host: createNdjsonHost(write, Date.now), ...quiet };
  if (choice.progress === 'plain' || (choice.progress === 'auto' && !terminal))
    return { host: createPlainHost({ write, prefix: choice.prefix, now: Date.now }), ...quiet };
  const { createTtyHost } = await import('./hosts/tty.ts');
  return createTtyHost({ out, prefix: choice.prefix, colour: useColour(out), now: Date.now });
}

/** A terminal on both ends, and one that says how wide it is: without columns a prompt hangs for ever. */
function hasTerminal(out: NodeJS.WriteStream): boolean {
  return process.stdin.isTTY && out.isTTY && (out.columns ?? 0) > 0;
}

export function useColour(out: Pick<NodeJS.WriteStream, 'isTTY'>): boolean {
  return out.isTTY && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb';
}
