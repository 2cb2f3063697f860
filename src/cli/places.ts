import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where drctl keeps its state unless `--state` or DRCTL_STATE says otherwise (XDG base directories). */
export function stateDirectory(given: string | undefined): string {
  if (given !== undefined) return isRemote(given) ? given : resolve(given);
  return join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), 'drctl');
}

/** An address, as s3://bucket/prefix: no directory of this machine. */
export function isRemote(state: string): boolean {
  return state.includes('://');
}

/** Where processes of this machine live, sandboxes and drills: with the runs, unless those are kept elsewhere. */
export function localDirectory(state: string): string {
  return isRemote(state) ? stateDirectory(undefined) : state;
}

/** The sandbox of a state directory. */
export function sandboxDirectory(state: string): string {
  return join(localDirectory(state), 'sandbox');
}

/** Candidates for the configuration, first that exists wins; the first is where a new one is written. */
export function configPaths(given: string | undefined): readonly string[] {
  if (given !== undefined) return [resolve(given)];
  return [
    resolve('drctl.yaml'),
    join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'drctl', 'drctl.yaml'),
  ];
}
