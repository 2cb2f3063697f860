import { createInterface } from 'node:readline';
import { createLocalStore } from '../../src/store/local.ts';
import { createS3Store } from '../../src/store/s3.ts';
import { systemClock } from '../../src/world/clock.ts';
import { thisDriver } from '../../src/store/driver.ts';

/**
 * A real process for the store's tests: `append STATE RUN` creates a run and appends until it is killed or fenced, one line
 * of output an acknowledged append; `fill STATE RUN BYTES` appends lines of that size until something fails, and says what;
 * `race STATE` does what its input says, a line each (`take RUN [over]`, `claim UID RUN`), and answers each with one line.
 */
const [word, directory = '', run = '', size = ''] = process.argv.slice(2);
const tell = (): undefined => undefined;
const store = directory.includes('://')
  ? createS3Store({ address: directory, clock: systemClock, tell })
  : createLocalStore({ directory, clock: systemClock, tell });
const driver = thisDriver(Date.now());
const say = (text: string): Promise<void> =>
  new Promise((resolve) => process.stdout.write(`${text}\n`, () => resolve()));
const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);

async function append(): Promise<never> {
  const journal = await store.create(run, driver);
  for (let step = 0; ; step += 1) {
    const lines = await journal.append([
      { type: 'step.began', step: `${step}`, when: true },
      { type: 'step.ended', step: `${step}`, end: 'done', because: 'x'.repeat(step % 500) },
    ]);
    await say(`${lines.at(-1)?.seq}`);
    // Between two appends a run sends something: one that never pauses would outrun a taker who begins behind it.
    if (directory.includes('://')) await systemClock.sleep(25);
  }
}

async function fill(): Promise<never> {
  const journal = await store.create(run, driver);
  for (let step = 0; ; step += 1) {
    await journal.append([{ type: 'step.began', step: 'x'.repeat(Number(size)), when: true }]);
    await say(`${step + 1}`);
  }
}

async function take(taken: string, over: boolean): Promise<string> {
  const journal = await store.take(taken, driver, { takeOver: over });
  const { account, host, pid } = driver;
  const from = journal.lines().length;
  await journal.append([{ type: 'run.taken', driver: { account, host, pid }, from, takeOver: over }]);
  return 'won';
}

async function race(): Promise<void> {
  await say('ready');
  for await (const line of createInterface({ input: process.stdin })) {
    const [what, first = '', second = ''] = line.split(' ');
    const work = what === 'take' ? take(first, second === 'over') : store.claimCluster(first, second);
    await say(await work.then((came) => (typeof came === 'object' ? came.heldBy : 'won'), codeOf));
  }
}

try {
  await { append, fill, race }[word as 'append' | 'fill' | 'race']();
} catch (error) {
  await say(codeOf(error));
}
