import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/**
 * Loaded into the measured process: leaves its peak resident set, in kilobytes, in the file named by DRCTL_BENCH_MEMORY.
 * Linux counts into `maxRSS` what the parent had when it forked (getrusage(2) takes it over an exec), so there the
 * process's own high-water mark is read.
 */
process.on('exit', () => {
  const file = process.env['DRCTL_BENCH_MEMORY'];
  if (file !== undefined) writeFileSync(file, String(peak()));
});

function peak(): number {
  const status = '/proc/self/status';
  const own = existsSync(status) ? /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1] : undefined;
  return own === undefined ? process.resourceUsage().maxRSS : Number(own);
}
