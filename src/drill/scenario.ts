import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { DURATION_PATTERN } from '../model/duration.ts';
import { DrctlError } from '../model/errors.ts';

const breakStep = z.union([
  z.strictObject({ retainAllBut: z.array(z.string()) }),
  z.strictObject({ holdDetach: z.string() }),
  z.strictObject({ deleteNamespace: z.string() }),
  z.strictObject({ applyAgain: z.array(z.string()).min(1) }),
  z.strictObject({ commit: z.strictObject({ message: z.string(), files: z.record(z.string(), z.string()) }) }),
  z.strictObject({ gone: z.string() }),
  z.strictObject({ settled: z.int().min(0) }),
  z.strictObject({ backup: z.string() }),
]);

const scenario = z.strictObject({
  apiVersion: z.literal('drctl/v1'),
  kind: z.literal('Scenario'),
  metadata: z.strictObject({ name: z.string(), title: z.string() }),
  runbook: z.string(),
  parameters: z
    .record(
      z.string(),
      z.union([
        z.string(),
        z.strictObject({ path: z.string() }),
        z.strictObject({ service: z.string(), path: z.string() }),
      ]),
    )
    .default({}),
  /** Folders that are applied first, in this order: what runs before there is an application. */
  install: z.array(z.string()).default([]),
  /** What Argo CD reads at first: folder in the repository to the folder with its files. */
  repository: z.record(z.string(), z.string()).default({}),
  application: z.strictObject({
    namespace: z.string(),
    manifests: z.string(),
    /** A file to apply instead of the manifests: an Application, for one, that brings them. */
    by: z.string().optional(),
    records: z.int().min(0).default(1),
  }),
  /** Velero backups of the healthy application, from so long before the impact. */
  backups: z.array(z.strictObject({ schedule: z.string(), ago: z.string().regex(DURATION_PATTERN) })).default([]),
  break: z.array(breakStep).min(1),
  /** Claims that are on another volume afterwards, by design: one restored from a backup, with the same content. */
  restored: z.array(z.string()).default([]),
  answers: z.record(z.string(), z.record(z.string(), z.string())).default({}),
});

/** A disaster to rehearse: what runs before, what breaks it, which runbook mends it, who answers what. */
export type Scenario = z.infer<typeof scenario>;
export type BreakStep = z.infer<typeof breakStep>;

/** Throws `InvalidScenario` at its position. */
export function parseScenario(file: string, text: string): Scenario {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  const syntax = document.errors[0];
  if (syntax) throw invalid(file, syntax.message.split('\n')[0] ?? '', syntax.pos[0], counter);
  const parsed = scenario.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = (issue?.path ?? []).filter((part) => typeof part !== 'symbol');
  const node = document.getIn(path, true) as { range?: readonly number[] } | undefined;
  throw invalid(file, `${path.join('.')}: ${issue?.message ?? 'invalid'}`, node?.range?.[0] ?? 0, counter);
}

function invalid(file: string, message: string, offset: number, counter: LineCounter): DrctlError {
  const { line, col } = counter.linePos(offset);
  return new DrctlError('InvalidScenario', 'user', message, { at: { file, line, column: col } });
}
