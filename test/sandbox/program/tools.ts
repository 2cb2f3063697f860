import { execFile, execFileSync } from 'node:child_process';

export interface Outcome {
  code: number;
  out: string;
  err: string;
}

/** Why a program cannot be used here, or undefined when it can. */
export function whyNot(program: string, versionArguments: string[]): string | undefined {
  try {
    execFileSync(program, versionArguments, { stdio: 'ignore', timeout: 20_000 });
    return undefined;
  } catch (error) {
    return `${program} does not run here: ${(error as Error).message.split('\n')[0]}`;
  }
}

/** Runs a program to its end, or interrupts it after `seconds` as a person would. Never throws for an exit code. */
export function runTool(
  program: string,
  args: string[],
  options: { env?: NodeJS.ProcessEnv; seconds?: number; input?: string } = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      { env: options.env ?? process.env, timeout: (options.seconds ?? 30) * 1000, killSignal: 'SIGINT' },
      (error, out, err) => {
        const code = error ? (typeof error.code === 'number' ? error.code : -1) : 0;
        resolve({ code, out, err });
      },
    );
    child.stdin?.end(options.input ?? '');
  });
}
