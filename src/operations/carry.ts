import { z } from 'zod';
import { digestOf, digestOfText, type Digest } from '../model/digest.ts';
import { DrctlError, isDrctlError } from '../model/errors.ts';
import type { JournalLine } from '../model/journal.ts';
import { holderIn, lineText, verifyCarried } from '../journal/carried.ts';
import { foldRun } from '../journal/fold.ts';
import type { Adopted, CarriedRun, Driver, Intake, RunStore } from '../ports/run-store.ts';
import { findRun } from './runs.ts';
import { openedOf } from './resume.ts';
import type { Toolbox } from './toolbox.ts';

const DRIVER = z.object({
  account: z.string(),
  kubernetes: z.string().optional(),
  aws: z.string().optional(),
  host: z.string(),
  boot: z.string(),
  pid: z.int(),
  processStart: z.string(),
  since: z.string(),
});

/** The file: one JSON document. Lines and blobs are texts, byte for byte as they were written; the digest is over all the rest. */
const FILE = z.object({
  drctl: z.literal('run'),
  v: z.literal(1),
  run: z.string(),
  exportedAt: z.string(),
  driver: DRIVER.nullable(),
  lines: z.array(z.string()).min(1),
  blobs: z.record(z.string().regex(/^sha256:[0-9a-f]{64}$/), z.string()),
  digest: z.string(),
});
type RunFile = z.infer<typeof FILE>;

/** One run as one document, for where there is no store that two machines see. The inbox stays behind. */
export async function exportRun(name: string, tools: Pick<Toolbox, 'store' | 'clock'>): Promise<RunFile> {
  const store = await tools.store();
  const run = await findRun(name, undefined, tools);
  // The driver first: whoever takes the run after that is in no line of this export either.
  const driver = (await store.driver(run))?.driver ?? null;
  const { lines } = await store.read(run);
  openedOf(run, foldRun(lines));
  const body = {
    drctl: 'run' as const,
    v: 1 as const,
    run,
    exportedAt: new Date(tools.clock.now()).toISOString(),
    driver,
    lines: lines.map(lineText),
    blobs: Object.fromEntries(await blobsOf(lines, store)),
  };
  return { ...body, digest: digestOf(body) };
}

/** Every text that the journal needs, or that one of those names. A digest may also be of something that is kept nowhere. */
async function blobsOf(lines: readonly JournalLine[], store: RunStore): Promise<ReadonlyMap<Digest, string>> {
  const needed = new Set(lines.flatMap(neededBy));
  const seen = new Set<Digest>();
  const found = new Map<Digest, string>();
  let open = [...needed, ...lines.flatMap((line) => digestsIn(lineText(line)))];
  while (open.length > 0) {
    const next = [...new Set(open)].filter((digest) => !seen.has(digest));
    for (const digest of next) seen.add(digest);
    const texts = await Promise.all(next.map((digest) => textOf(digest, needed.has(digest), store)));
    for (const [index, digest] of next.entries()) if (texts[index] !== undefined) found.set(digest, texts[index]);
    open = texts.flatMap((text) => (text === undefined ? [] : digestsIn(text)));
  }
  return found;
}

function neededBy({ event }: JournalLine): Digest[] {
  if (event.type === 'run.opened') return [event.runbook.blob, event.parameters.blob];
  return event.type === 'question.answered' && event.plan ? [event.plan] : [];
}

function digestsIn(text: string): Digest[] {
  return (text.match(/\bsha256:[0-9a-f]{64}\b/g) ?? []) as Digest[];
}

async function textOf(digest: Digest, isNeeded: boolean, store: RunStore): Promise<string | undefined> {
  try {
    return await store.blobs.get(digest);
  } catch (error) {
    if (!isNeeded && isDrctlError(error, 'BlobMissing')) return undefined;
    throw error;
  }
}

export interface Imported {
  readonly run: string;
  readonly came: Adopted;
  readonly lines: number;
  readonly outcome: string;
  /** Who held the key when it was exported; null where it was given back. */
  readonly drivenBy: Driver | null;
  /** Who drove it last, whether or not they gave it back. */
  readonly lastDriver: Pick<Driver, 'account' | 'host' | 'pid' | 'since'>;
}

/** Takes a run in from the text of such a file. Throws `RunFileDamaged`, and what a store's intake throws. */
export async function importRun(text: string, where: string, store: RunStore & Intake): Promise<Imported> {
  const file = parseRunFile(text, where);
  const lines = file.lines.map((line) => JSON.parse(line) as JournalLine);
  const state = foldRun(verifyCarried(lines, where).lines);
  if (openedOf(file.run, state).run !== file.run) throw damaged(where, `its journal is not that of run ${file.run}`);
  for (const blob of Object.values(file.blobs)) await store.blobs.put(blob);
  const driver = file.driver as Driver | null;
  const carried: CarriedRun = { run: file.run, lines, ...(driver && { driver }) };
  const came = await store.adopt(carried);
  const { account, host, pid, since } = holderIn(carried);
  return {
    run: file.run,
    came,
    lines: lines.length,
    outcome: state.outcome,
    drivenBy: driver,
    lastDriver: { account, host, pid, since },
  };
}

function parseRunFile(text: string, where: string): RunFile {
  const parsed = FILE.safeParse(parseJson(text));
  if (!parsed.success) throw damaged(where, 'it is no run that drctl exported, or only a part of one');
  const { digest, ...body } = parsed.data;
  if (digestOf(body) !== digest) throw damaged(where, 'it was changed after it was exported: its digest does not fit');
  for (const [name, blob] of Object.entries(body.blobs))
    if (digestOfText(blob) !== name) throw damaged(where, `its text ${name} does not match its name`);
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function damaged(where: string, what: string): DrctlError {
  return new DrctlError('RunFileDamaged', 'user', `${where}: ${what}`, {
    nextSteps: ['export it again: drctl runs export RUN --out FILE', 'copy the file again, whole'],
  });
}
