import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import type { Host, Reply } from '../../ports/host.ts';
import { createPlainHost } from './plain.ts';

export interface TtyHostOptions {
  readonly out: NodeJS.WriteStream;
  readonly prefix: string;
  readonly colour: boolean;
  readonly now: () => number;
}

export function createTtyHost(options: TtyHostOptions): { host: Host; interactive: true; close(): Promise<void> } {
  const write = (text: string): void => {
    options.out.write(text);
  };
  const plain = createPlainHost({ write, prefix: options.prefix, now: options.now });
  const host: Host = {
    tell: (notice) => plain.tell(notice),
    ask: async (question, signal): Promise<Reply> => {
      const lines = createInterface({ input: process.stdin, output: options.out });
      try {
        const choices = question.choices.map((one) => one.value).join('/');
        const value = (await lines.question(`${question.text} [${question.typed ?? choices}] `, { signal })).trim();
        const yes = question.kind === 'type-target' && value === question.typed ? 'yes' : value;
        return { answer: { value: yes, by: userInfo().username, via: 'terminal' } };
      } catch {
        return { none: signal.aborted ? 'withdrawn' : 'interrupted' };
      } finally {
        lines.close();
      }
    },
  };
  return { host, interactive: true, close: () => Promise.resolve() };
}
