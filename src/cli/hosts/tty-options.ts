import type { KeyboardInput } from './keyboard.ts';

export interface TtyHostOptions {
  readonly out: NodeJS.WriteStream;
  /** `DRILL`, `SANDBOX` or nothing: stands before every line. */
  readonly prefix: string;
  readonly colour: boolean;
  readonly now: () => number;
  /** Standard input, unless told otherwise. */
  readonly input?: KeyboardInput;
}
