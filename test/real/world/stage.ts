import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pinsOf } from '../../../src/cli/pins.ts';
import { identityOf } from '../../../src/cli/wire.ts';
import type { RunResult } from '../../../src/engine/outcome.ts';
import type { Json } from '../../../src/model/json.ts';
import type { Target } from '../../../src/model/target.ts';
import { loadRunbook, parametersFor } from '../../../src/operations/load-runbook.ts';
import { resume } from '../../../src/operations/resume.ts';
import { run } from '../../../src/operations/run.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { ApiClient } from '../../../src/sandbox/types.ts';
import { systemClock } from '../../../src/world/index.ts';
import { runState, toolsOf } from '../../crash/sandbox-stage.ts';
import type { Parts } from '../../crash/crashing.ts';
import type { Stage } from '../../crash/harness.ts';
import { MemoryPlace } from '../../engine/world/memory-store.ts';
import type { Broken } from '../../../src/drill/break.ts';
import type { RealPlace } from './place.ts';
import { resourceOf, volumesOf } from './playground.ts';

/**
 * A disaster on the real control plane, and drctl's own operations in this process with the real clients on it, as the
 * operator: what may be killed between any two of its writes.
 */
export async function realStage(place: RealPlace, broken: Broken): Promise<Stage> {
  const dir = mkdtempSync(join(tmpdir(), 'drctl-crash-'));
  const target = await targetOf(place);
  const memory = new MemoryPlace(({ pid }) => pid === 1);
  const answers = { '*': { confirm: 'yes', 'type-target': 'yes', checklist: 'yes', task: 'done' } };
  const consent = { yes: true, yesOn: [], scenario: { name: 'namespace-deleted', answers } };
  const tools = (pid: number, wrap: Wrap) => toolsOf(target, memory, dir, pid, wrap, impatientClock());

  const first = (pid: number, wrap: Wrap): Promise<RunResult> => {
    const toolbox = tools(pid, wrap);
    const { runbook, text } = loadRunbook('namespace-deleted', toolbox);
    const parameters = parametersFor(runbook, broken.parameters, undefined);
    const { impactAt } = broken;
    return run({ runbook, text, parameters, target, baseDir: dir, consent, skip: {}, impactAt }, toolbox);
  };
  const ids = broken.before.map(({ volumeId = '' }) => volumeId);
  return {
    run: (wrap) => first(1, wrap),
    startAgain: (wrap) => first(2, wrap),
    resume: (wrap) => {
      const [id] = [...memory.runs.keys()].toReversed();
      return resume({ ...(id !== undefined && { run: id }), takeOver: false, consent, skip: {} }, tools(2, wrap));
    },
    outcome: async () => runState(memory).outcome,
    endState: () => endState(place, broken, memory),
    onceEffects: () => place.csi.cloud.snapshotsOf(ids),
    dispose: async () => {
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

type Wrap = (parts: Parts) => Parts;

async function targetOf({ cluster }: RealPlace): Promise<Target> {
  const { kubeconfig, awsProfile: profile } = cluster.users.operator;
  const { region, endpoint, credentialsFile } = cluster.aws;
  const target: Target = {
    name: 'real',
    class: 'sandbox',
    cluster: { kubeconfig, context: 'operator' },
    aws: { region, profile, endpoint, credentialsFile },
  };
  return { ...target, pinned: pinsOf(await identityOf(target), new Date()) };
}

/** Waits are a fifth as long as asked for: enough for real controllers to move between two looks. */
function impatientClock(): Clock {
  let ahead = 0;
  return {
    now: () => systemClock.now() + ahead,
    monotonic: () => systemClock.monotonic() + ahead,
    async sleep(ms, signal) {
      const short = Math.min(ms, Math.max(100, ms / 5));
      ahead += ms - short;
      await systemClock.sleep(short, signal);
    },
  };
}

const kinds = ['ServiceAccount', 'ConfigMap', 'Service', 'StatefulSet', 'PersistentVolumeClaim'];

/**
 * "The same end": the application's data as before the disaster; the objects of its namespace, its volumes with policy and
 * phase by claim, the snapshots of each claim's volume; nobody's Lease; and how every step of the run ended.
 */
async function endState({ csi, namespace, playground }: RealPlace, broken: Broken, memory: MemoryPlace): Promise<Json> {
  const { api } = csi;
  const objects: Record<string, Json> = {};
  for (const kind of kinds)
    for (const one of (await api.list(resourceOf(kind), { namespace })).items)
      objects[`${kind} ${one.metadata.name ?? ''}`] = (one['spec'] as { replicas?: number } | undefined)?.replicas ?? 0;
  const volumes = await volumesOf(api, namespace);
  const snapshots = await csi.cloud.snapshotsOf(volumes.map(({ handle }) => handle));
  const steps = Object.values(runState(memory).steps).map((step) => `${step.id}: ${step.end ?? 'open'}`);
  return {
    differences: playground.differences(broken.before, await playground.state(namespace)),
    lost: csi.cloud.deleted,
    objects,
    volumes: volumes
      .map(({ claim, policy, phase, handle }) => `${claim} ${policy} ${phase} ${snapshots[handle]}`)
      .toSorted(),
    lease: await leaseHolder(api),
    steps: steps.toSorted(),
  };
}

/** An ended run holds nothing. */
async function leaseHolder(api: ApiClient): Promise<string> {
  const leases = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' };
  const lease = await api.get(leases, 'drctl', 'kube-system');
  return (lease['spec'] as { holderIdentity?: string }).holderIdentity ?? 'nobody';
}
