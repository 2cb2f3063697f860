import { resolve } from 'node:path';
import { compareIdentity, newServers } from '../engine/identity.ts';
import { DrctlError, messageOf } from '../model/errors.ts';
import type { Target, TargetClass } from '../model/target.ts';
import { createSilentHost } from './hosts/ndjson.ts';
import { exitCode } from './report-error.ts';
import { pinsOf } from './pins.ts';
import { requireBecause } from './session-flags.ts';
import { identityOf, wire } from './wire.ts';

interface Flags {
  readonly config?: string | undefined;
  readonly state?: string | undefined;
  readonly json: boolean;
}

interface AddFlags extends Flags {
  readonly class: TargetClass;
  readonly kubeconfig: string;
  readonly context: string;
  readonly 'argocd-kubeconfig'?: string | undefined;
  readonly 'argocd-context'?: string | undefined;
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly 'aws-endpoint'?: string | undefined;
  readonly login?: string | undefined;
  readonly 'no-pin': boolean;
}

function toolsFor(flags: Flags): ReturnType<typeof wire> {
  return wire({ config: flags.config, state: flags.state, host: createSilentHost(), interactive: false });
}

function out(flags: Flags, document: unknown, text: string): void {
  process.stdout.write(flags.json ? `${JSON.stringify(document, null, 2)}\n` : `${text}\n`);
}

export function listTargets(flags: Flags): void {
  const { targets } = toolsFor(flags);
  const all = targets.list();
  const lines = all.map(
    (one) =>
      `${one.name}  ${one.class}  ${one.cluster.context}  ${one.pinned ? `pinned ${one.pinned.pinnedAt}` : 'not pinned: cannot be written to'}`,
  );
  out(flags, all, lines.length > 0 ? lines.join('\n') : 'no targets\n→ drctl target add\n→ drctl sandbox start');
}

export async function addTarget(name: string, flags: AddFlags): Promise<void> {
  const tools = toolsFor(flags);
  if (tools.targets.list().some((one) => one.name === name))
    throw new DrctlError('TargetExists', 'user', `there is a target "${name}" already`, {
      nextSteps: [`edit ${tools.targets.file}`, `drctl target pin ${name}`],
    });
  const target = targetFrom(name, flags);
  const pinned = flags['no-pin'] ? target : { ...target, pinned: pinsOf(await identityOf(target), new Date()) };
  tools.targets.save(pinned);
  out(
    flags,
    pinned,
    `${name} written to ${tools.targets.file}${flags['no-pin'] ? ', not pinned' : `, pinned to kube-system ${pinned.pinned?.cluster.kubeSystemUid ?? ''}`}`,
  );
}

function targetFrom(name: string, flags: AddFlags): Target {
  const argocd = flags['argocd-context'];
  return {
    name,
    class: flags.class,
    cluster: { kubeconfig: resolve(flags.kubeconfig), context: flags.context },
    ...(argocd !== undefined && {
      argocd: { kubeconfig: resolve(flags['argocd-kubeconfig'] ?? flags.kubeconfig), context: argocd },
    }),
    ...(flags.region !== undefined && {
      aws: {
        region: flags.region,
        ...(flags.profile !== undefined && { profile: flags.profile }),
        ...(flags['aws-endpoint'] !== undefined && { endpoint: flags['aws-endpoint'] }),
      },
    }),
    ...(flags.login !== undefined && { login: flags.login }),
  };
}

export async function checkTarget(name: string, flags: Flags): Promise<void> {
  const tools = toolsFor(flags);
  const target = tools.targets.find(name);
  const { world, close } = await tools.openWorld(target, {});
  try {
    const identity = await world.identity();
    const caller = await world.caller();
    const differences = compareIdentity(target, identity);
    const servers = newServers(target, identity);
    if (differences.length > 0) process.exitCode = exitCode('refused');
    const lines = [
      `${name} (${target.class})`,
      `  kube-system  ${identity.cluster.kubeSystemUid}`,
      `  server       ${identity.cluster.server}`,
      `  account      ${identity.aws ? `${identity.aws.account}, ${identity.aws.region}` : 'no AWS endpoint'}`,
      `  you          ${caller.kubernetes ?? 'unknown to the API'}${caller.aws === undefined ? '' : `, ${caller.aws}`}`,
      ...(differences.length > 0 ? differences.map((one) => `  DIFFERS      ${one}`) : ['  it is the pinned one']),
      ...servers.map((server) => `  new access path: ${server} (a run asks about it)`),
    ];
    out(flags, { target: name, identity, caller, differences, newServers: servers }, lines.join('\n'));
  } catch (error) {
    throw new DrctlError('TargetUnreachable', 'target', `${name}: ${messageOf(error)}`, {
      cause: error,
      nextSteps: target.login === undefined ? [] : [target.login],
    });
  } finally {
    await close();
  }
}

export async function pinTarget(name: string, flags: Flags & { readonly because?: string | undefined }): Promise<void> {
  const tools = toolsFor(flags);
  const target = tools.targets.find(name);
  const identity = await identityOf(target);
  const differences = target.pinned ? compareIdentity(target, identity) : [];
  if (differences.length > 0) {
    process.stderr.write(`${differences.join('\n')}\n`);
    requireBecause('pinning another identity', flags.because);
  }
  const pins = pinsOf(identity, new Date());
  const servers = [...new Set([...(differences.length === 0 ? (target.pinned?.servers ?? []) : []), ...pins.servers])];
  tools.targets.save({ ...target, pinned: { ...pins, servers } });
  out(
    flags,
    { target: name, pinned: { ...pins, servers } },
    `${name} pinned to kube-system ${identity.cluster.kubeSystemUid}`,
  );
}
