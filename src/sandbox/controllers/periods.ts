/**
 * How long the sandbox's controllers wait where real ones wait. The order of events and the conditions are the real ones;
 * only the waiting is shorter, so that a drill takes seconds. `real` is what upstream does by default, `source` where it says so.
 */
export const PERIODS = {
  binderResync: { sandboxMs: 1_500, realMs: 15_000, source: 'persistentvolume/config/v1alpha1/defaults.go' },
  provisionRetry: {
    sandboxMs: 300,
    realMs: 15_000,
    source: 'sig-storage-lib-external-provisioner, exponential back-off',
  },
  attachRetry: { sandboxMs: 200, realMs: 1_000, source: 'external-attacher, exponential back-off' },
  attachDetachReconcile: { sandboxMs: 20, realMs: 100, source: 'attachdetach/config/v1alpha1/defaults.go' },
  namespaceGrace: { sandboxMs: 100, realMs: 5_000, source: 'pkg/controller/namespace: namespaceDeletionGracePeriod' },
  namespaceRetry: { sandboxMs: 150, realMs: 5_000, source: 'namespaced_resources_deleter.go, estimate and back-off' },
  podStart: { sandboxMs: 10, realMs: 2_000, source: 'pulling images and starting containers; nothing fixed upstream' },
  podStop: { sandboxMs: 30, realMs: 30_000, source: 'terminationGracePeriodSeconds; the sandbox only stops at once' },
  kubeletResync: { sandboxMs: 1_000, realMs: 60_000, source: 'kubelet syncFrequency' },
  schedulerRetry: { sandboxMs: 250, realMs: 1_000, source: 'scheduler podInitialBackoffSeconds' },
  collectorResync: { sandboxMs: 1_000, realMs: 30_000, source: 'garbagecollector: resync of monitors' },
  statefulSetRetry: { sandboxMs: 200, realMs: 1_000, source: 'controller work queue back-off' },
} as const satisfies Record<string, Period>;

interface Period {
  sandboxMs: number;
  realMs: number;
  source: string;
}

type PeriodName = keyof typeof PERIODS;
export type Periods = Record<PeriodName, number>;

/** The sandbox's own periods, with what the caller wants otherwise (a test of the binder's resync, say). */
export function periodsOf(overrides: Partial<Periods> = {}): Periods {
  const own = Object.entries(PERIODS).map(([name, period]) => [name, period.sandboxMs]);
  return { ...(Object.fromEntries(own) as Periods), ...overrides };
}
