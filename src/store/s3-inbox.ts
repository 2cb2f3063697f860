import type { InboxWord, RunStore } from '../ports/run-store.ts';
import { byTime, parseWord } from './local-inbox.ts';
import { validateName } from './names.ts';
import type { Objects } from './s3-objects.ts';

/** Words for the driver: an object each. */
export function createS3Inbox(
  objects: Objects,
  directoryOf: (run: string) => string,
  validateThere: (run: string) => Promise<void>,
): Pick<RunStore, 'send' | 'inbox' | 'taken'> {
  const nameOf = (run: string, id: string): string => {
    validateName('word', id);
    return `${directoryOf(run)}inbox/${id}.json`;
  };
  return {
    send: async (run, word) => {
      await validateThere(run);
      await objects.put(nameOf(run, word.id), JSON.stringify(word));
    },
    inbox: async (run) => {
      const names = (await objects.list(`${directoryOf(run)}inbox/`)).filter((name) => name.endsWith('.json'));
      const texts = await objects.getAll(names);
      // None where it was taken between the listing and the reading.
      const words = names.flatMap((name, index): InboxWord[] => {
        const text = texts[index];
        return text === undefined ? [] : [parseWord(objects.shown(name), text)];
      });
      return words.toSorted(byTime);
    },
    taken: async (run, id) => objects.remove(nameOf(run, id)),
  };
}
