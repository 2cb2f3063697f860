import type { Condition, ContainerStatus, Pod } from '../controllers/kinds.ts';
import { draftOf, timestamp, withCondition } from '../controllers/objects.ts';
import type { Health } from './decide-members.ts';

/** After a crash the container waits twice as long each time, five minutes at most. [kubelet, scaled down ten times here] */
const FIRST_RESTART_MS = 1_000;
const LAST_RESTART_MS = 30_000;

/** The pod as its kubelet would report it for a workload in that health; undefined when it reads so already. */
export function podInHealth(pod: Pod, health: Health, now: Date): Pod | undefined {
  const ready = health.state === 'healthy';
  const statuses = (pod.status?.containerStatuses ?? []).map((status) => containerIn(status, health, now));
  const same = JSON.stringify(statuses) === JSON.stringify(pod.status?.containerStatuses);
  if (same && isSaid(pod, health)) return undefined;
  const draft = draftOf(pod);
  const truth = {
    status: ready ? 'True' : 'False',
    ...(ready ? {} : { reason: 'ContainersNotReady', message: health.message }),
  };
  draft.status = {
    ...draft.status,
    containerStatuses: statuses,
    conditions: (['ContainersReady', 'Ready'] as const).reduce<Condition[]>(
      (all, type) => withCondition(all, { type, ...truth, lastProbeTime: null, lastTransitionTime: timestamp(now) }),
      draft.status?.conditions ?? [],
    ),
  };
  return draft;
}

function isSaid(pod: Pod, health: Health): boolean {
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  if (health.state === 'healthy') return ready?.status === 'True';
  return ready?.status === 'False' && ready.message === health.message;
}

function containerIn(status: ContainerStatus, health: Health, now: Date): ContainerStatus {
  if (health.state === 'crashing') return crashed(status, health.message, now);
  const running = 'running' in status.state;
  const ready = health.state === 'healthy';
  return {
    ...status,
    ready,
    started: true,
    state: running ? status.state : { running: { startedAt: timestamp(now) } },
  };
}

function crashed(status: ContainerStatus, message: string, now: Date): ContainerStatus {
  const last = status.lastState['terminated'] as { finishedAt?: string } | undefined;
  const pause = Math.min(LAST_RESTART_MS, FIRST_RESTART_MS * 2 ** status.restartCount);
  const waiting = 'waiting' in status.state;
  const due = last?.finishedAt === undefined || now.getTime() >= Date.parse(last.finishedAt) + pause;
  if (waiting && !due) return status;
  const finishedAt = timestamp(now);
  return {
    ...status,
    ready: false,
    started: false,
    restartCount: waiting ? status.restartCount + 1 : status.restartCount,
    state: { waiting: { reason: 'CrashLoopBackOff', message: `back-off restarting failed container: ${message}` } },
    lastState: { terminated: { exitCode: 1, reason: 'Error', message, startedAt: finishedAt, finishedAt } },
  };
}
