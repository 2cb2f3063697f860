import type { Host } from '../ports/host.ts';
import { createNdjsonHost, createSilentHost } from './hosts/ndjson.ts';
import type { Outline } from './hosts/outline.ts';
import { createPlainHost } from './hosts/plain.ts';
import type { Look } from './render/layout.ts';

export interface HostChoice {
  readonly progress: 'auto' | 'tty' | 'plain' | 'ndjson' | 'none';
  readonly json: boolean;
  /** `DRILL`, `SANDBOX` or nothing, before every line. */
  readonly prefix: string;
}

export interface ChosenHost {
  readonly host: Host;
  readonly interactive: boolean;
  /** A page for a person, every line with its prefix; nothing where only machines read. */
  page(render: (look: Look) => string): void;
  /** The way ahead, where it is shown. */
  expect(outline: Outline): void;
  close(): Promise<void>;
}

/** The host for where we are: a live view on a terminal, plain lines elsewhere. All of it on stderr when stdout is a document. */
export async function chooseHost(choice: HostChoice): Promise<ChosenHost> {
  const out = choice.json || choice.progress === 'ndjson' ? process.stderr : process.stdout;
  const write = (text: string): void => {
    out.write(text);
  };
  const terminal = hasTerminal(out);
  const quiet = {
    interactive: false,
    page: () => undefined,
    expect: () => undefined,
    close: () => Promise.resolve(),
  };
  if (choice.progress === 'none') return { host: createSilentHost(), ...quiet };
  if (choice.progress === 'ndjson') return { host: createNdjsonHost(write, Date.now), ...quiet };
  const colour = useColour(out);
  const page = (render: (look: Look) => string): void =>
    write(prefixed(render({ width: widthOf(out, choice.prefix), colour }), choice.prefix));
  // Also where the live view was asked for by name: without a terminal there is nobody to ask, whatever stdin holds.
  if (choice.progress === 'plain' || !terminal)
    return { ...quiet, host: createPlainHost({ write, prefix: choice.prefix, now: Date.now }), page };
  const { createTtyHost } = await import('./hosts/tty.ts');
  return { ...createTtyHost({ out, prefix: choice.prefix, colour, now: Date.now }), page };
}

/** Every line with its prefix: `DRILL`, `SANDBOX` or nothing. */
export function prefixed(text: string, prefix: string): string {
  if (prefix === '') return text;
  const lines = text.replace(/\n$/, '').split('\n');
  return lines.map((line) => `${`${prefix} ${line}`.trimEnd()}\n`).join('');
}

/** What is left of the screen beside the prefix. */
export function widthOf(out: Pick<NodeJS.WriteStream, 'columns'>, prefix: string): number {
  return Math.max(20, (out.columns || 100) - (prefix === '' ? 0 : prefix.length + 1));
}

/** A terminal on both ends, and one that says how wide it is: without columns a prompt hangs for ever. */
function hasTerminal(out: NodeJS.WriteStream): boolean {
  return process.stdin.isTTY && out.isTTY && (out.columns ?? 0) > 0;
}

export function useColour(out: Pick<NodeJS.WriteStream, 'isTTY'>): boolean {
  return out.isTTY && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb';
}
