import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { backOff, startWorkQueue } from '../../../src/sandbox/controllers/work-queue.ts';

test('a key that waits is not queued twice, and one that is being worked on is worked on once more', async () => {
  const worked: string[] = [];
  const gate = Promise.withResolvers<void>();
  const queue = startWorkQueue({
    work: async (key) => {
      worked.push(key);
      if (worked.length === 1) await gate.promise;
    },
  });
  queue.add('a');
  await sleep(5);
  for (const key of ['a', 'a', 'b', 'b']) queue.add(key);
  gate.resolve();
  await sleep(5);
  expect(worked).toEqual(['a', 'a', 'b']);
  await queue.stop();
});

test('several workers never share a key', async () => {
  let most = 0;
  const busy = new Map<string, number>();
  const queue = startWorkQueue({
    workers: 3,
    work: async (key) => {
      busy.set(key, (busy.get(key) ?? 0) + 1);
      expect(busy.get(key)).toBe(1);
      most = Math.max(
        most,
        [...busy.values()].reduce((a, b) => a + b, 0),
      );
      await sleep(5);
      busy.set(key, 0);
    },
  });
  for (const key of ['a', 'b', 'c', 'd', 'a', 'b']) queue.add(key);
  await sleep(60);
  expect(most).toBe(3);
  await queue.stop();
});

test('a failure is tried again after the pause that is asked for, or never', async () => {
  const attempts: number[] = [];
  const queue = startWorkQueue({
    failed: (key, _error, attempt) => {
      attempts.push(attempt);
      return key === 'again' && attempt < 3 ? 1 : undefined;
    },
    work: async () => {
      throw new Error('no');
    },
  });
  queue.add('again');
  await sleep(30);
  queue.add('never');
  await sleep(10);
  expect(attempts).toEqual([1, 2, 3, 1]);
  await queue.stop();
});

test('stopping waits for the work at hand, drops the rest, and takes nothing more', async () => {
  const worked: string[] = [];
  const queue = startWorkQueue({
    work: async (key) => {
      await sleep(10);
      worked.push(key);
    },
  });
  queue.add('a');
  queue.add('b');
  queue.add('late', 5);
  await queue.stop();
  queue.add('c');
  await sleep(30);
  expect(worked).toEqual(['a']);
});

test('the pause doubles, up to thirty-two times', () => {
  expect([1, 2, 3, 6, 20].map((attempt) => backOff(10, attempt))).toEqual([10, 20, 40, 320, 320]);
});
