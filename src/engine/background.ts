import type { Answer, Question } from '../model/question.ts';
import { isDrctlError, messageOf } from '../model/errors.ts';
import { isJsonObject } from '../model/json.ts';
import { digestOfText } from '../model/digest.ts';
import type { InboxWord, RunStore } from '../ports/run-store.ts';
import type { Drive } from './context.ts';
import { isFence } from './lanes.ts';
import { reestablish } from './reestablish.ts';

const INBOX_EVERY = 1_000;
const RENEW_EVERY = 10_000;
/** DESIGN section 4: holds are planned again every thirty seconds. */
const HOLDS_EVERY = 30_000;

/** What goes on beside the lanes: the key is renewed, words from other terminals are read, holds are looked at. */
export function startBackground(drive: Drive, store: RunStore): { stop(): Promise<void> } {
  const end = new AbortController();
  const failed = (error: unknown): void => {
    // Whoever was fenced off must not sit at a question as if the run were theirs.
    if (isFence(error)) drive.drain.start({ is: 'fenced', because: messageOf(error) });
    if (isDrctlError(error, 'ClusterBusy')) drive.drain.start({ is: 'driven', because: messageOf(error) });
    // The lanes meet any other failure at their next append and end the run; here it only must not go unseen.
    drive.host.tell({
      code: 'warning',
      level: 'warning',
      data: { because: messageOf(error) },
    });
  };
  const every = async (ms: number, work: () => Promise<void>): Promise<void> => {
    while (!end.signal.aborted) {
      await drive.clock.sleep(ms, end.signal);
      if (!end.signal.aborted) await work().catch(failed);
    }
  };
  const loops = [
    every(INBOX_EVERY, () => readInbox(drive, store)),
    every(RENEW_EVERY, async () => {
      await drive.recorder.check();
      await drive.recorder.renew();
      await drive.lease.renew();
    }),
    every(HOLDS_EVERY, async () => {
      if (drive.holds.any && !drive.drain.active)
        await drive.holds.keep(drive, undefined, (held) => reestablish(held, drive));
    }),
  ];
  return {
    stop: async () => {
      end.abort();
      await Promise.all(loops);
    },
  };
}

/** Each word is journaled before it counts, and removed after. */
async function readInbox(drive: Drive, store: RunStore): Promise<void> {
  for (const word of await store.inbox(drive.recorder.run)) {
    await obey(word, drive);
    await store.taken(drive.recorder.run, word.id);
  }
}

async function obey(word: InboxWord, drive: Drive): Promise<void> {
  const data = isJsonObject(word.data) ? word.data : {};
  const because = typeof data['because'] === 'string' ? data['because'] : undefined;
  switch (word.word) {
    case 'approve':
    case 'decline':
    case 'settle': {
      const subject = typeof data['question'] === 'string' ? data['question'] : '';
      const value = typeof data['value'] === 'string' ? data['value'] : word.word === 'decline' ? 'no' : 'yes';
      const answer: Answer = { value, by: word.by, via: 'inbox', ...(because !== undefined && { because }) };
      const problem = await drive.asker.offer(isMeantBy(word.word, subject), answer);
      if (problem !== undefined)
        drive.host.tell({
          code: 'warning',
          level: 'warning',
          data: { because: `${word.by} answered ${subject}: ${problem}` },
        });
      return;
    }
    case 'pause':
      drive.drain.start({ is: 'paused', because: `${word.by}: pause${because === undefined ? '' : ` (${because})`}` });
      return;
    case 'abort':
      drive.drain.start({ is: 'aborted', because: `${word.by}: ${because ?? 'abort'}` });
      return;
    case 'note':
      await drive.recorder.record({
        type: 'question.answered',
        id: `note:${word.id}`,
        subject: digestOfText(because ?? ''),
        answer: { value: 'note', by: word.by, via: 'inbox', ...(because !== undefined && { because }) },
      });
  }
}

/** A question by its id or how that begins; a settlement by its step, or `STEP/CHANGE`. */
function isMeantBy(word: InboxWord['word'], subject: string): (question: Question) => boolean {
  if (word !== 'settle') return (question) => subject !== '' && question.id.startsWith(subject);
  const step = subject.replace(/:settle$/, '').replace(/\/.*$/, '');
  return (question) => question.kind === 'settle' && question.step === step;
}
