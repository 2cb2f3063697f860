import { join } from 'node:path';
import { z } from 'zod';
import { DrctlError } from '../model/errors.ts';
import type { Json } from '../model/json.ts';
import type { InboxWord, RunStore } from '../ports/run-store.ts';
import { makeDirectory, namesIn, readIfThere, removeFile, replaceFile } from './durable.ts';
import { validateName } from './names.ts';

const WORD = z.object({
  id: z.string(),
  at: z.string(),
  by: z.string(),
  word: z.enum(['approve', 'decline', 'settle', 'pause', 'abort', 'note']),
  data: z.custom<Json>((value) => value !== undefined),
});

/** Words for the driver: a file each, whole or not there. */
export function createLocalInbox(directoryOf: (run: string) => string): Pick<RunStore, 'send' | 'inbox' | 'taken'> {
  const inboxOf = (run: string): string => join(directoryOf(run), 'inbox');
  const pathOf = (run: string, id: string): string => {
    validateName('word', id);
    return join(inboxOf(run), `${id}.json`);
  };
  return {
    send: async (run, word) => {
      const path = pathOf(run, word.id);
      makeDirectory(inboxOf(run));
      replaceFile(path, JSON.stringify(word));
    },
    inbox: async (run) => {
      const directory = inboxOf(run);
      const names = namesIn(directory).filter((name) => name.endsWith('.json'));
      return names.flatMap((name) => readWord(join(directory, name))).toSorted(byTime);
    },
    taken: async (run, id) => removeFile(pathOf(run, id)),
  };
}

export function byTime(a: InboxWord, b: InboxWord): number {
  const [one, other] = a.at === b.at ? [a.id, b.id] : [a.at, b.at];
  return one < other ? -1 : Number(one > other);
}

/** None when it was taken between the listing and the reading. */
function readWord(path: string): InboxWord[] {
  const bytes = readIfThere(path);
  return bytes ? [parseWord(path, bytes.toString())] : [];
}

export function parseWord(where: string, text: string): InboxWord {
  try {
    return WORD.parse(JSON.parse(text));
  } catch (cause) {
    throw new DrctlError('InboxDamaged', 'target', `${where} holds no word that drctl knows`, {
      cause,
      nextSteps: ['remove it and say it again'],
    });
  }
}
