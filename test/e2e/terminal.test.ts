import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { assertCode, ended, oldNode, Place, until, type Child, type Ended } from './program.ts';
import { documentOf, RUN, statusOf } from './runs.ts';

/** util-linux: runs a command on a terminal of its own. Where it is missing, the tests on a terminal are left out. */
const hasScript = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;

describe.runIf(hasScript)('on a terminal', () => {
  let place: Place;

  beforeAll(async () => {
    place = await Place.open();
  }, 60_000);

  beforeEach(() => place.reset());

  afterAll(() => place.close());

  /** A terminal of 120 columns: what was shown on it, what is typed into it. */
  class Terminal {
    readonly child: Child;
    readonly ended: Promise<Ended>;
    #text = '';
    #seen = 0;

    constructor(args: readonly string[], node = process.execPath) {
      const words = [node, place.program.bin, ...place.args(args)].map((word) => `'${word}'`).join(' ');
      this.child = place.program.startCommand(['script', '-qec', `stty cols 120 rows 40; exec ${words}`, '/dev/null']);
      this.child.stdout?.on('data', (chunk: Buffer) => (this.#text += chunk.toString()));
      this.ended = ended(this.child);
    }

    /** Waits for words that were not there at the last `sees`. */
    async sees(words: RegExp): Promise<string> {
      return until(`the terminal to show ${String(words)}`, () => {
        const found = words.exec(this.#text.slice(this.#seen));
        if (!found) return undefined;
        this.#seen += found.index + found[0].length;
        return found[0];
      });
    }

    type(keys: string): void {
      this.child.stdin?.write(keys);
    }
  }

  /** The volume is ready for its claim; the claim, which the log shows only when it is answered, has been sent. */
  async function claimOnItsWay(): Promise<void> {
    await until('a claim on its way', () => {
      const last = place.writes().at(-1);
      return last?.verb === 'patch' && last.path.includes('/persistentvolumes/') && last.client.endsWith('/rebind');
    });
    await sleep(200);
  }

  const PLAIN = ['run', 'namespace-deleted', '--target', 'sandbox'];

  test('"no" to the plan ends calmly with exit 3, and nothing was written', async () => {
    const terminal = new Terminal(PLAIN);
    await terminal.sees(/yes or no:/);
    terminal.type('no\r');
    const { code, stdout } = await terminal.ended;
    expect(code).toBe(3);
    expect(stdout).toContain('nothing was done');
    expect(place.writes()).toEqual([]);
  });

  test('Enter alone, and words that are no answer, are no answer', async () => {
    const terminal = new Terminal(PLAIN);
    await terminal.sees(/yes or no:/);
    terminal.type('\r');
    terminal.type('perhaps\r');
    await terminal.sees(/type yes or no/);
    expect(place.writes()).toEqual([]);
    terminal.type('\x03');
    const { code } = await terminal.ended;
    expect(code).toBe(4);
    expect(place.writes()).toEqual([]);
  });

  test('a person drives it from the first question to the end', { timeout: 40_000 }, async () => {
    const terminal = new Terminal(PLAIN);
    const over = terminal.ended.then(() => 'over');
    for (;;) {
      const prompt = terminal.sees(/yes or no:|type sandbox \(or no\):|1-2 or the word:|\(Enter for nothing\):/);
      const shown = await Promise.race([prompt, over]);
      prompt.catch(() => undefined);
      if (shown === 'over') break;
      if (shown.startsWith('yes')) terminal.type('yes\r');
      else if (shown.startsWith('type')) terminal.type('sandbox\r');
      else terminal.type(shown.startsWith('1-2') ? 'done\r' : 'seen it\r');
      // What is drawn while it is typed is not another question.
      await terminal.sees(/[✔✓√]/u);
    }
    const { code, stdout } = await terminal.ended;
    expect(code).toBe(0);
    expect(stdout).toContain('SANDBOX');
    const { claims } = await place.control.call('state');
    expect(claims).toHaveLength(7);
  });

  test('the question on a terminal is answered from another one: no', async () => {
    const terminal = new Terminal(PLAIN);
    await terminal.sees(/yes or no:/);
    const status = await statusOf(place);
    const [question] = status.questions;
    assertCode(await place.run(['approve', status.run, question?.id ?? '', '--answer', 'no']), 0);
    const { code, stdout } = await terminal.ended;
    expect(code).toBe(3);
    expect(stdout).toContain('answered from another terminal');
    expect(place.writes()).toEqual([]);
  });

  test('a terminal that is closed pauses the run', async () => {
    const terminal = new Terminal(PLAIN);
    await terminal.sees(/yes or no:/);
    terminal.child.kill('SIGKILL');
    await terminal.ended;
    await until('the run to be paused', async () => (await statusOf(place)).outcome === 'paused');
    expect(place.writes()).toEqual([]);
    const { run } = await statusOf(place);
    assertCode(await place.run(['resume', run, '--yes', '--json']), 0);
  });

  test('a terminal that is closed in the middle of the work pauses the run after what is in flight', async () => {
    await place.fault({ verb: 'create', resource: 'persistentvolumeclaims', times: 1 }, { delayMs: 1_000 });
    const terminal = new Terminal([...PLAIN, '--yes']);
    await claimOnItsWay();
    terminal.child.kill('SIGKILL');
    await terminal.ended;
    await until('the run to be paused', async () => (await statusOf(place)).outcome === 'paused');
    const { run } = await statusOf(place);
    assertCode(await place.run(['resume', run, '--yes', '--json']), 0);
    const claims = place.writes().filter((line) => line.path.includes('/persistentvolumeclaims'));
    expect(claims.map((line) => line.status)).toEqual([201, 201, 201, 201, 201, 201, 201]);
  });

  test('Ctrl-C on the terminal counts once', async () => {
    await place.fault({ verb: 'create', resource: 'persistentvolumeclaims', times: 1 }, { delayMs: 1_500 });
    const terminal = new Terminal([...PLAIN, '--yes'], oldNode ?? process.execPath);
    await claimOnItsWay();
    terminal.type('\x03');
    const { code, stdout } = await terminal.ended;
    expect(code).toBe(4);
    expect(stdout).not.toContain('stopping now');
    const claims = place.writes().filter((line) => line.path.includes('/persistentvolumeclaims'));
    expect(claims.map((line) => line.status)).toEqual([201]);
  });

  test('without a terminal on both ends nobody is asked', async () => {
    const ran = await place.run(RUN, { stdin: 'yes\nyes\nyes\n' });
    assertCode(ran, 4);
    expect(documentOf(ran).outcome).toBe('paused');
    expect(place.writes()).toEqual([]);
  });
});
