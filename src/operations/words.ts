import { randomUUID } from 'node:crypto';
import { DrctlError, isDrctlError, messageOf } from '../model/errors.ts';
import type { JournalEvent } from '../model/journal.ts';
import { digestOfText } from '../model/digest.ts';
import { foldRun, lostChanges, type RunState } from '../journal/fold.ts';
import type { InboxWord, Journal } from '../ports/run-store.ts';
import { clearLease, notCleared } from '../engine/cluster-lease.ts';
import { driverWordOf } from '../engine/run.ts';
import { findRun } from './runs.ts';
import type { Toolbox } from './toolbox.ts';

export interface Word {
  readonly word: 'approve' | 'pause' | 'abort' | 'note';
  readonly question?: string | undefined;
  readonly value?: string | undefined;
  readonly because?: string | undefined;
}

export interface Heard {
  readonly run: string;
  /** `driver`: its driver will journal it; `journal`: nobody drives, so it stands in the journal already. */
  readonly by: 'driver' | 'journal';
  /** What could not be put away, and how to. */
  readonly left?: string;
}

/** A person's word to a run: to its driver's inbox, or, where nobody drives, into the journal by this process. */
export async function say(name: string, word: Word, tools: Toolbox): Promise<Heard> {
  const run = await findRun(name, undefined, tools);
  return deliver(run, word, (state) => eventsOf(word, state, tools.driver().account), tools);
}

export interface Settlement {
  /** `STEP` or `STEP/CHANGE`. */
  readonly subject: string;
  readonly as: 'done' | 'redo' | 'skip' | 'accepted';
  readonly because: string;
}

/** What came of Changes whose outcome is unknown, as a person who looked says it. */
export async function settle(name: string, settlement: Settlement, tools: Toolbox): Promise<Heard> {
  const run = await findRun(name, undefined, tools);
  const by = tools.driver().account;
  return deliver(
    run,
    { word: 'approve', because: settlement.because },
    (state) => settleEvents(settlement, state, by),
    tools,
    settleWord(settlement),
  );
}

async function deliver(
  run: string,
  word: Word,
  events: (state: RunState) => readonly JournalEvent[],
  tools: Toolbox,
  settlement?: InboxWord['data'],
): Promise<Heard> {
  const store = await tools.store();
  let journal: Journal;
  try {
    journal = await store.take(run, tools.driver(), { takeOver: false });
  } catch (error) {
    if (!isDrctlError(error, 'DrivenByOther')) throw error;
    await store.send(run, inboxWord(word, tools, settlement));
    return { run, by: 'driver' };
  }
  let left: string | undefined;
  try {
    const state = foldRun(journal.lines());
    if (!['running', 'paused'].includes(state.outcome))
      throw new DrctlError('RunEnded', 'user', `run ${run} has ended: ${state.outcome}`, {
        nextSteps: [`drctl report ${run}`],
      });
    const said = events(state);
    if (word.word === 'abort') left = await letGo(run, state, journal, tools);
    await journal.append([
      {
        type: 'run.taken',
        driver: driverWordOf(tools.driver()),
        from: journal.lines().at(-1)?.seq ?? 0,
        takeOver: false,
        because: word.word,
      },
      ...said,
      ...(said.some((event) => event.type === 'run.ended') ? [] : [pausedAgain(state)]),
    ]);
    const uid = state.opened?.target.identity.cluster.kubeSystemUid;
    if (word.word === 'abort' && uid !== undefined) await store.releaseCluster(uid, run);
  } finally {
    await journal.release();
  }
  return { run, by: 'journal', ...(left !== undefined && { left }) };
}

/** An aborted run holds its cluster no more. What cannot be reached now must not keep anybody from aborting. */
async function letGo(run: string, { opened }: RunState, journal: Journal, tools: Toolbox): Promise<string | undefined> {
  if (!opened) return undefined;
  const failed = await clearedLease(run, opened.target.name, journal, tools).catch(messageOf);
  return failed === undefined ? undefined : notCleared(failed);
}

async function clearedLease(
  run: string,
  target: string,
  journal: Journal,
  tools: Toolbox,
): Promise<string | undefined> {
  const { world, door, close } = await tools.openWorld(tools.targets.find(target), { userAgent: run });
  try {
    return await clearLease({
      run,
      epoch: journal.epoch,
      world,
      door,
      clock: tools.clock,
      check: () => journal.check(),
      stopNow: new AbortController().signal,
    });
  } finally {
    await close();
  }
}

/** Whoever only said a word does not drive: the run is as paused as it was. */
function pausedAgain(state: RunState): JournalEvent {
  return {
    type: 'run.paused',
    because: state.because === '' ? 'nobody drives it' : state.because,
    waitingFor: state.waitingFor,
  };
}

function inboxWord(word: Word, tools: Toolbox, settlement: InboxWord['data'] | undefined): InboxWord {
  const data = settlement ?? {
    ...(word.question !== undefined && { question: word.question }),
    ...(word.value !== undefined && { value: word.value }),
    ...(word.because !== undefined && { because: word.because }),
  };
  return {
    id: randomUUID(),
    at: new Date(tools.clock.now()).toISOString(),
    by: tools.driver().account,
    word: settlement === undefined ? word.word : 'settle',
    data,
  };
}

function settleWord({ subject, as, because }: Settlement): InboxWord['data'] {
  return { question: `${subject}:settle`, value: as === 'accepted' ? 'accept' : as, because };
}

function eventsOf(word: Word, state: RunState, by: string): readonly JournalEvent[] {
  const because = word.because === undefined ? {} : { because: word.because };
  switch (word.word) {
    case 'approve':
      return [answerOf(word, state, by)];
    case 'pause':
      return [];
    case 'abort':
      return [{ type: 'run.ended', outcome: 'aborted', because: `${by}: ${word.because ?? 'abort'}` }];
    case 'note':
      return [
        {
          type: 'question.answered',
          id: `note:${randomUUID()}`,
          subject: digestOfText(word.because ?? ''),
          answer: { value: 'note', by, via: 'inbox', ...because },
        },
      ];
  }
}

function answerOf(word: Word, state: RunState, by: string): JournalEvent {
  const asked = state.openQuestions.find(
    (one) => one.question.id === word.question || one.question.id.startsWith(word.question ?? '\0'),
  );
  if (!asked)
    throw new DrctlError('NoSuchQuestion', 'user', `the run is not waiting with a question "${word.question ?? ''}"`, {
      nextSteps: state.openQuestions.map((one) => `open: ${one.question.id}`),
    });
  const { question } = asked;
  const value = word.value ?? 'yes';
  if (!question.choices.some((choice) => choice.value === value))
    throw new DrctlError(
      'NoSuchChoice',
      'user',
      `"${value}" is not among its answers: ${question.choices.map((choice) => choice.value).join(', ')}`,
    );
  return {
    type: 'question.answered',
    id: question.id,
    subject: question.subject,
    answer: { value, by, via: 'inbox', ...(word.because !== undefined && { because: word.because }) },
    ...(question.step !== undefined && { step: question.step }),
  };
}

function settleEvents(settlement: Settlement, state: RunState, by: string): readonly JournalEvent[] {
  const [step = ''] = settlement.subject.split('/');
  const lost = lostChanges(state.steps[step]).filter(
    (one) =>
      settlement.subject === step ||
      settlement.subject === one.begun.id ||
      settlement.subject === `${step}/${one.begun.id}`,
  );
  if (lost.length === 0)
    throw new DrctlError('NothingToSettle', 'user', `no Change of "${settlement.subject}" has an unknown outcome`, {
      nextSteps: ['drctl status RUN names those that have'],
    });
  const outcome = settlement.as === 'redo' ? 'settled-redo' : 'settled-done';
  const results = lost.map((one) => ({ id: one.begun.id, outcome, because: `${by}: ${settlement.because}` }) as const);
  const ended: JournalEvent = { type: 'changes.ended', step, results };
  if (settlement.as === 'skip')
    return [ended, { type: 'step.ended', step, end: 'skipped', because: settlement.because }];
  if (settlement.as !== 'accepted') return [ended];
  const subject = digestOfText(settlement.subject);
  return [
    ended,
    {
      type: 'question.answered',
      id: `${step}:settle`,
      step,
      subject,
      answer: { value: 'accept', by, because: settlement.because, via: 'inbox' },
    },
  ];
}
