import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pinsOf } from '../../src/cli/pins.ts';
import { identityOf, wire } from '../../src/cli/wire.ts';
import type { RunResult } from '../../src/engine/outcome.ts';
import { foldRun } from '../../src/journal/fold.ts';
import type { Json } from '../../src/model/json.ts';
import type { Target } from '../../src/model/target.ts';
import { loadRunbook, parametersFor } from '../../src/operations/load-runbook.ts';
import { resume } from '../../src/operations/resume.ts';
import { run } from '../../src/operations/run.ts';
import type { Toolbox } from '../../src/operations/toolbox.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Driver } from '../../src/ports/run-store.ts';
import { Sandbox } from '../../src/sandbox/sandbox.ts';
import type { KubeObject } from '../../src/sandbox/types.ts';
import { differencesOf, type ClaimState } from '../../src/sandbox/workloads/index.ts';
import { systemClock } from '../../src/world/index.ts';
import { ScriptedHost } from '../engine/world/host.ts';
import { MemoryPlace } from '../engine/world/memory-store.ts';
import { applicationState, listOf, type Disaster } from './broken-sandbox.ts';
import type { Parts } from './crashing.ts';
import type { Stage } from './harness.ts';

/** A copy of the broken sandbox, and the real operations with the real clients on it. */
export async function sandboxStage(disaster: Disaster): Promise<Stage> {
  const dir = mkdtempSync(join(tmpdir(), 'drctl-crash-'));
  const sandbox = await Sandbox.start({ dir, snapshot: disaster.snapshot });
  const snapshots: string[] = [];
  sandbox.audit.listen((entry) => {
    if (entry.verb === 'CreateSnapshot' && !entry.dryRun && entry.status === 200) snapshots.push(entry.path);
  });
  const target = await targetOf(sandbox, dir);
  const place = new MemoryPlace(({ pid }) => pid === 1);
  const drives = drivesOf(disaster, sandbox, target, place, dir);
  const namespace = disaster.scenario.application.namespace;
  return {
    run: (wrap) => drives.first(1, wrap),
    resume: (wrap) => drives.again(2, wrap),
    startAgain: (wrap) => drives.first(2, wrap),
    outcome: async () => runState(place).outcome,
    endState: () => endState(sandbox, disaster, namespace, place),
    onceEffects: async () => {
      const counts: Record<string, number> = {};
      for (const path of snapshots) {
        const volume = new URLSearchParams(path.slice(2)).get('VolumeId') ?? '';
        counts[volume] = (counts[volume] ?? 0) + 1;
      }
      return counts;
    },
    dispose: async () => {
      await sandbox.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function targetOf(sandbox: Sandbox, dir: string): Promise<Target> {
  const target: Target = {
    name: 'sandbox',
    class: 'sandbox',
    cluster: { kubeconfig: join(dir, 'kubeconfig'), context: 'sandbox' },
    aws: {
      region: 'eu-central-1',
      profile: 'default',
      endpoint: sandbox.access.aws,
      credentialsFile: join(dir, 'aws', 'credentials'),
    },
  };
  return { ...target, pinned: pinsOf(await identityOf(target), new Date()) };
}

/** What the journal says of the newest run. */
export function runState(place: MemoryPlace) {
  return foldRun([...place.runs.values()].at(-1)?.lines ?? []);
}

type Wrap = (parts: Parts) => Parts;

function drivesOf(
  { scenario, broken, workloadsPort }: Disaster,
  sandbox: Sandbox,
  target: Target,
  place: MemoryPlace,
  dir: string,
) {
  const parameters = Object.fromEntries(
    Object.entries(broken.parameters).map(([name, value]) => [
      name,
      value.replace(`:${workloadsPort}/`, `:${sandbox.ports.workloads}/`),
    ]),
  );
  const consent = { yes: true, yesOn: [], scenario: { name: scenario.metadata.name, answers: scenario.answers } };
  return {
    first(pid: number, wrap: Wrap): Promise<RunResult> {
      const tools = toolsOf(target, place, dir, pid, wrap);
      const { runbook, text } = loadRunbook(scenario.runbook, tools);
      return run(
        {
          runbook,
          text,
          parameters: parametersFor(runbook, parameters, undefined),
          target,
          baseDir: dir,
          consent,
          skip: {},
          impactAt: broken.impactAt,
        },
        tools,
      );
    },
    again(pid: number, wrap: Wrap): Promise<RunResult> {
      const [id] = [...place.runs.keys()].toReversed();
      const tools = toolsOf(target, place, dir, pid, wrap);
      return resume({ ...(id !== undefined && { run: id }), takeOver: false, consent, skip: {} }, tools);
    },
  };
}

/** drctl as it is put together, but for its memory, and for what a test puts between. */
export function toolsOf(
  target: Target,
  place: MemoryPlace,
  dir: string,
  pid: number,
  wrap: Wrap,
  clock: Clock = hastyClock(),
): Toolbox {
  const wired = wire({
    config: join(dir, 'drctl.yaml'),
    state: dir,
    // a volume that was restored and not yet kept when the process died is asked about: keep it
    host: new ScriptedHost(({ kind }) => (kind === 'moved' ? 'yes' : undefined)),
    interactive: false,
  });
  const bare = place.open(Date.now);
  return {
    ...wired,
    store: () => Promise.resolve(wrap({ store: bare, door: noDoor, world: noWorld }).store),
    targets: { ...wired.targets, list: () => [target], find: () => target, byDefault: () => target },
    driver: (): Driver => ({ account: 'harness', host: 'here', boot: 'boot', pid, processStart: '1', since: '' }),
    openWorld: async (to, options) => {
      const opened = await wired.openWorld(to, options);
      const world = { ...opened.world, clock };
      return { ...wrap({ store: bare, door: opened.door, world }), close: () => opened.close() };
    },
  };
}

const noDoor = { endpoints: [], open: (): never => unreachable() };
const noWorld = {} as Parts['world'];

function unreachable(): never {
  throw new Error('only the store is used here');
}

/** A snapshot that may have been sent is looked for a whole minute: here that minute takes less than a second. */
function hastyClock(): Clock {
  let ahead = 0;
  return {
    now: () => systemClock.now() + ahead,
    monotonic: () => systemClock.monotonic() + ahead,
    async sleep(ms, signal) {
      ahead += ms;
      await systemClock.sleep(Math.min(ms, 5), signal);
    },
  };
}

/** What a step notes on an object while it works must be gone at the end; that it once made a claim stays. */
function noteOn({ metadata }: KubeObject): string {
  const notes = Object.keys(metadata.annotations ?? {}).filter((key) => key === 'drctl/rebind-replicas');
  return notes.map((note) => `, ${note}`).join('');
}

/**
 * The one definition of "the same end": what the application keeps is as before the disaster; the objects of its namespace,
 * the volumes with their policy and claim, the snapshots of each volume; and how every step of the run ended.
 */
async function endState(sandbox: Sandbox, disaster: Disaster, namespace: string, place: MemoryPlace): Promise<Json> {
  const kinds = [
    'ServiceAccount',
    'ConfigMap',
    'Secret',
    'Service',
    'StatefulSet',
    'Deployment',
    'PersistentVolumeClaim',
  ];
  const objects: Record<string, Json> = {};
  for (const kind of kinds)
    for (const one of await listOf(sandbox, kind, namespace))
      objects[`${kind} ${one.metadata.name ?? ''}${noteOn(one)}`] = (kind === 'StatefulSet' || kind === 'Deployment' ? (one['spec'] as { replicas?: number }).replicas : 'there') ?? null; // prettier-ignore
  const known = new Set(disaster.volumes);
  const volumes = (await listOf(sandbox, 'PersistentVolume')).map((one) => {
    const spec = one['spec'] as {
      persistentVolumeReclaimPolicy: string;
      csi: { volumeHandle: string };
      claimRef?: { name: string };
    };
    const { volumeHandle } = spec.csi;
    // one that was restored has another id in each run
    const id = known.has(volumeHandle) ? volumeHandle : 'restored';
    return `${id} ${spec.persistentVolumeReclaimPolicy} ${spec.claimRef?.name ?? ''}`;
  });
  const after = await applicationState(sandbox, namespace);
  const { snapshots } = sandbox.cloud.dump();
  return {
    differences: differencesOf(disaster.broken.before as ClaimState[], after, disaster.scenario.restored),
    objects,
    volumes: volumes.toSorted(),
    snapshots: Object.values(snapshots)
      .map((one) => JSON.stringify([(one as { volumeId?: string }).volumeId ?? '']))
      .toSorted(),
    lease: await leaseHolder(sandbox),
    steps: Object.values(runState(place).steps)
      // which of two steps kept a restored volume, the one that had ended or the one that was due, is no difference
      .map((step) => `${step.id}: ${step.end === 'satisfied' ? 'done' : (step.end ?? 'open')}`)
      .toSorted(),
  };
}

/** An ended run holds nothing. */
async function leaseHolder(sandbox: Sandbox): Promise<string> {
  const leases = await listOf(sandbox, 'Lease', 'kube-system');
  const spec = leases.find((one) => one.metadata.name === 'drctl')?.['spec'] as { holderIdentity?: string } | undefined;
  return spec?.holderIdentity ?? 'nobody';
}
