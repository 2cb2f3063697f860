import { readFileSync, writeFileSync } from 'node:fs';
import { DrctlError, messageOf } from '../model/errors.ts';
import { exportRun, importRun, type Imported } from '../operations/carry.ts';
import type { Driver } from '../ports/run-store.ts';
import { createSilentHost } from './hosts/ndjson.ts';
import { openIntake, wire } from './wire.ts';

interface CarryFlags {
  readonly config?: string | undefined;
  readonly state?: string | undefined;
  readonly json: boolean;
}

export async function exportCommand(
  name: string,
  flags: CarryFlags & { readonly out?: string | undefined },
): Promise<void> {
  const tools = wire({ config: flags.config, state: flags.state, host: createSilentHost(), interactive: false });
  const file = await exportRun(name, tools);
  const text = `${JSON.stringify(file, null, 1)}\n`;
  if (flags.out === undefined) {
    process.stdout.write(text);
    return;
  }
  write(flags.out, text);
  const { run, driver, lines } = file;
  const drivenBy = driver as Driver | null;
  if (flags.json)
    process.stdout.write(`${JSON.stringify({ run, out: flags.out, lines: lines.length, drivenBy }, null, 2)}\n`);
  else
    process.stdout.write(
      `${run}: ${lines.length} lines to ${flags.out}\n${keyText(drivenBy)}\n→ drctl runs import ${flags.out}\n`,
    );
}

export async function importCommand(path: string, flags: CarryFlags): Promise<void> {
  const tools = wire({ config: flags.config, state: flags.state, host: createSilentHost(), interactive: false });
  const store = { ...(await tools.store()), ...(await openIntake(flags.state)) };
  const imported = await importRun(read(path), path, store);
  process.stdout.write(flags.json ? `${JSON.stringify(imported, null, 2)}\n` : importedText(imported, store.where));
}

const CAME = {
  created: 'imported',
  extended: 'here already, and now as far as the file',
  same: 'here already, exactly as in the file',
  behind: 'here already, and further than the file: nothing was changed',
} as const;

function importedText({ run, came, lines, outcome, drivenBy, lastDriver }: Imported, where: string): string {
  const last = `driven last by ${lastDriver.account} on ${lastDriver.host}`;
  const open = ['running', 'paused'].includes(outcome);
  const next = !open
    ? `→ drctl report ${run}`
    : `→ drctl resume ${run}${drivenBy === null ? '' : ' --take-over --because REASON'}`;
  return `${run}: ${CAME[came]} (${lines} lines, in ${where})\n${last}; ${keyText(drivenBy)}\n${next}\n`;
}

function keyText(driver: Driver | null): string {
  if (driver === null) return 'its key was given back';
  return `its key was held by ${driver.account} on ${driver.host} (process ${driver.pid}): make sure that it is gone before it is taken over`;
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o600 });
  } catch (error) {
    throw new DrctlError('NotWritten', 'user', `--out ${path} cannot be written: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new DrctlError('NotRead', 'user', `${path} cannot be read: ${messageOf(error)}`, {
      cause: error,
      nextSteps: ['drctl runs export RUN --out FILE writes one'],
    });
  }
}
