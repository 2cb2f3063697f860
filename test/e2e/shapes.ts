import { z } from 'zod';

/** The shapes of `--json` that scripts rely on (more fields are welcome; these stay). */
export const planShape = z.looseObject({
  runbook: z.string(),
  target: z.string(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  phases: z.array(
    z.looseObject({
      id: z.string(),
      steps: z.array(
        z.looseObject({
          id: z.string(),
          uses: z.string(),
          effect: z.enum(['satisfied', 'changes', 'blocked', 'unknown']),
          because: z.string(),
          changes: z.array(
            z.looseObject({
              kind: z.string().min(1),
              object: z.string().min(1),
              risk: z.enum(['safe', 'disruptive', 'destructive', 'opaque']),
              summary: z.string().min(1),
              diff: z.unknown(),
              command: z.string(),
            }),
          ),
        }),
      ),
    }),
  ),
  summary: z.looseObject({ changes: z.int(), destructive: z.int(), blocked: z.int(), unknown: z.int() }),
});

const outcome = z.enum([
  'succeeded',
  'succeeded-with-exceptions',
  'failed',
  'running',
  'paused',
  'declined',
  'aborted',
  'refused',
  'unknown',
]);

const time = z.iso.datetime();

export const runShape = z.looseObject({
  run: z.string(),
  runbook: z.string(),
  target: z.string(),
  outcome,
  waitingFor: z.array(z.string()),
  leftovers: z.array(z.unknown()),
  steps: z.array(
    z.looseObject({
      id: z.string(),
      state: z.string(),
      startedAt: time.nullable(),
      finishedAt: time.nullable(),
      because: z.string(),
    }),
  ),
});

export const runsShape = z.array(
  z.looseObject({
    run: z.string(),
    runbook: z.string(),
    target: z.string(),
    outcome,
    startedAt: z.string(),
    updatedAt: z.string(),
    drivenBy: z.looseObject({ account: z.string(), host: z.string(), pid: z.int() }).nullable(),
  }),
);

export const drillShape = runShape.extend({
  comparison: z.looseObject({ same: z.boolean(), claims: z.int(), differences: z.array(z.string()) }),
});

/** The timeline as events. */
export const reportShape = z.looseObject({
  run: z.string(),
  outcome,
  timeline: z.array(z.looseObject({ at: time })),
  leftovers: z.array(z.unknown()),
});

export const statusShape = z.looseObject({
  running: z.boolean(),
  pid: z.int().nullable(),
  kubeconfig: z.string(),
  endpoints: z.object({ kubernetes: z.string().nullable(), aws: z.string().nullable() }),
  auditLog: z.string(),
});

export const errorShape = z.strictObject({
  error: z.strictObject({
    code: z.string().regex(/^[A-Z][A-Za-z0-9]+$/),
    blame: z.enum(['user', 'tool', 'target']),
    message: z.string().min(1).max(4_000),
    nextSteps: z.array(z.string()),
    at: z.strictObject({ file: z.string(), line: z.int().min(1), column: z.int().min(1) }).optional(),
  }),
});

export type RunDocument = z.infer<typeof runShape>;
