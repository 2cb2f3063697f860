import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { interleaved, median, ms, ratio, timed, times, type Row } from './measure.ts';

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const ROUNDS = 25;

const COMMANDS = [
  { args: ['--version'], aim: 3 },
  { args: ['--help'], aim: 4 },
  { args: ['plan', '--offline', 'namespace-deleted'], aim: 8 },
] as const;

/** Whole processes, from the spawn to the exit, as ratios to a Node that does nothing. */
export async function startupRows(): Promise<Row[]> {
  const competitors: Record<string, () => Promise<number>> = {
    nothing: () => wholeProcess(['-e', '0']),
    ...Object.fromEntries(COMMANDS.map(({ args }) => [args.join(' '), () => wholeProcess([BIN, ...args])])),
  };
  // the first ones fill the compile cache, as the first use of an installed drctl does
  await interleaved(2, competitors);
  const found = await interleaved(ROUNDS, competitors);
  const nothing = found['nothing'] ?? [];
  return COMMANDS.map(({ args, aim }) => {
    const own = found[args.join(' ')] ?? [];
    const by = ratio(own, nothing);
    return {
      what: `\`drctl ${args.join(' ')}\``,
      against: '`node -e 0`',
      found: times(by),
      aim: `${aim}x`,
      met: by <= aim,
      detail: `${ms(median(own))} against ${ms(median(nothing))}; whole processes, ${ROUNDS} rounds, compile cache warm`,
    };
  });
}

function wholeProcess(args: readonly string[]): Promise<number> {
  return timed(() => {
    const { status, stderr } = spawnSync(process.execPath, [...args], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`);
  });
}
