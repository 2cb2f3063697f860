import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { userInfo } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { createTtyHost, type TtyHost } from '../../src/cli/hosts/tty.ts';
import { digestOf } from '../../src/model/digest.ts';
import type { Question } from '../../src/model/question.ts';
import type { Notice } from '../../src/ports/host.ts';
import { richPlan } from './samples.ts';

/** A terminal made of two streams: what is written stays as text, what is typed is bytes as a keyboard sends them. */
class Terminal {
  readonly input = Object.assign(new PassThrough(), {
    isTTY: true,
    raw: false,
    setRawMode: (mode: boolean) => (this.input.raw = mode),
  });
  readonly output = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 24 });
  text = '';
  writes = 0;
  readonly tty: TtyHost;
  readonly gate = new AbortController();

  constructor(prefix = 'DRILL') {
    this.output.on('data', (chunk: Buffer) => {
      this.text += chunk.toString();
      this.writes += 1;
    });
    this.tty = createTtyHost({
      out: this.output as unknown as NodeJS.WriteStream,
      input: this.input,
      prefix,
      colour: false,
      now: Date.now,
    });
    open.push(this);
  }

  tell(code: Notice['code'], data: Notice['data'], step?: string): void {
    this.tty.host.tell({ code, level: 'info', data, ...(step !== undefined && { step }) });
  }

  ask(more: Partial<Question> = {}, signal = this.gate.signal) {
    return this.tty.host.ask(
      {
        id: 'q',
        kind: 'confirm',
        step: 'rebind',
        subject: digestOf('s'),
        text: 'Go on?',
        choices: [
          { value: 'yes', label: 'yes' },
          { value: 'no', label: 'no' },
        ],
        ...more,
      },
      signal,
    );
  }

  async shows(what: string, from = 0): Promise<void> {
    for (let at = 0; at < 3_000 && !this.text.slice(from).includes(what); at += 1) await sleep(10);
    if (!this.text.slice(from).includes(what)) throw new Error(`never shown: ${what}\n${this.plain}`);
  }

  /** What is waited for; or, half a minute later, what stands on the screen instead. */
  within<T>(reply: Promise<T>): Promise<T> {
    const late = sleep(30_000, undefined, { ref: false }).then(() => {
      throw new Error(`no reply; on the screen:\n${this.plain}`);
    });
    return Promise.race([reply, late]);
  }

  async type(keys: string): Promise<void> {
    for (const key of keys) {
      this.input.write(key);
      await sleep(2);
    }
  }

  /** What was written, without the marks that move and paint. */
  get plain(): string {
    // oxlint-disable-next-line no-control-regex -- escape sequences are control characters
    return this.text.replaceAll(/\u001B\[[?\d;]*[A-Za-z]/g, '').replaceAll('\r', '');
  }
}

const open: Terminal[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) {
    one.gate.abort();
    await one.tty.close();
  }
});

describe('a question at a terminal', () => {
  it('is answered by what is typed, in the name of the account', async () => {
    const terminal = new Terminal();
    const reply = terminal.ask();
    await terminal.shows('yes or no:');
    await terminal.type('y\r');
    expect(await reply).toEqual({ answer: { value: 'yes', by: userInfo().username, via: 'terminal' } });
  });

  it('is not answered by Enter, nor by keys hit before it stood there', async () => {
    const terminal = new Terminal();
    terminal.tell('phase.began', { phase: 'p', title: 'P' });
    await terminal.type('y\ry\r');
    const reply = terminal.ask();
    await terminal.type('y\r');
    await terminal.shows('yes or no:');
    await terminal.type('\r');
    await terminal.shows('Enter alone is no answer');
    await terminal.type('n\r');
    expect(await reply).toMatchObject({ answer: { value: 'no' } });
  });

  it('stands below its card, every line with its prefix', async () => {
    const terminal = new Terminal();
    const card = {
      title: 'Point the claims',
      where: [{ name: 'target', value: 'prod-eu (production)' }],
      what: [{ label: 'kube/patch PersistentVolume', count: 7, risk: 'safe' as const }],
      details: [],
      evidence: [],
      reversible: 'yes',
      whenNo: 'nothing is done',
    };
    const reply = terminal.ask({ kind: 'type-target', typed: 'prod-eu', card });
    await terminal.shows('type prod-eu');
    await terminal.type('prod-us\r');
    await terminal.shows('letter for letter');
    await terminal.type('prod-eu\r');
    expect(await terminal.within(reply)).toMatchObject({ answer: { value: 'yes' } });
    expect(terminal.plain).toContain('7 × kube/patch PersistentVolume');
    expect(terminal.plain.split('\n').filter((line) => line !== '' && !line.startsWith('DRILL'))).toEqual([]);
  });

  it('that was not answered with a valid one is asked anew, also where a terminal knows no backspace', async () => {
    const before = process.env['TERM'];
    process.env['TERM'] = 'dumb';
    try {
      const terminal = new Terminal();
      const reply = terminal.ask({ kind: 'type-target', typed: 'prod-eu' });
      await terminal.shows('type prod-eu');
      await terminal.type('prod-us\r');
      await terminal.shows('letter for letter');
      await terminal.type('prod-eu\r');
      expect(await terminal.within(reply)).toMatchObject({ answer: { value: 'yes' } });
    } finally {
      if (before === undefined) delete process.env['TERM'];
      else process.env['TERM'] = before;
    }
  });

  it('about the whole run stands below the plan', async () => {
    const terminal = new Terminal('');
    terminal.tell('run.planned', { plan: richPlan() as never });
    const { step: _, ...whole } = { step: 'x' };
    const reply = terminal.tty.host.ask(
      { id: 'run', kind: 'confirm', subject: digestOf('p'), text: 'Run it?', choices: [], ...whole },
      terminal.gate.signal,
    );
    await terminal.shows('yes or no:');
    expect(terminal.plain).toContain('Plan of namespace-deleted');
    expect(terminal.plain).toContain('spec.replicas: 3 → 0');
    await terminal.type('no\r');
    expect(await reply).toMatchObject({ answer: { value: 'no' } });
  });

  it('ends with Ctrl-C as interrupted, and with Ctrl-D too', async () => {
    for (const key of ['\u0003', '\u0004']) {
      const terminal = new Terminal();
      const reply = terminal.ask();
      await terminal.shows('yes or no:');
      await terminal.type(key);
      expect(await reply).toEqual({ none: 'interrupted' });
    }
  });

  it('that is withdrawn gives the terminal to the next one', async () => {
    const terminal = new Terminal();
    const first = new AbortController();
    const reply = terminal.ask({}, first.signal);
    await terminal.shows('yes or no:');
    first.abort('withdrawn');
    const next = terminal.ask({
      text: 'The freeze no longer holds',
      kind: 'hold',
      choices: [{ value: 'establish', label: 'again' }],
    });
    expect(await reply).toEqual({ none: 'withdrawn' });
    await terminal.shows('1-1 or the word:');
    await terminal.type('1\r');
    expect(await next).toMatchObject({ answer: { value: 'establish' } });
    expect(terminal.plain).toContain('withdrawn: something else comes first');
  });

  it('that was answered elsewhere says so', async () => {
    const terminal = new Terminal();
    const first = new AbortController();
    const reply = terminal.ask({}, first.signal);
    await terminal.shows('yes or no:');
    first.abort('answered');
    expect(await reply).toEqual({ none: 'withdrawn' });
    expect(terminal.plain).toContain('answered from another terminal');
  });

  it('has nobody to answer it once the terminal is gone', async () => {
    const terminal = new Terminal();
    const reply = terminal.ask();
    await terminal.shows('yes or no:');
    terminal.input.end();
    expect(await reply).toEqual({ none: 'nobody' });
    expect(await terminal.ask()).toEqual({ none: 'nobody' });
  });

  it('survives a terminal that breaks with an error', async () => {
    const terminal = new Terminal();
    const reply = terminal.ask();
    await terminal.shows('yes or no:');
    terminal.input.destroy(Object.assign(new Error('read EIO'), { code: 'EIO' }));
    expect(await reply).toEqual({ none: 'nobody' });
  });
});

describe('the live view at a terminal', () => {
  it('draws in place, lets what ended scroll by, and gives the cursor back', async () => {
    const terminal = new Terminal();
    terminal.tty.expect({
      title: 'T',
      phases: [{ id: 'p', title: 'The phase', steps: [{ id: 'retain', title: 'Keep' }] }],
    });
    terminal.tell('run.opened', { run: 'r1', runbook: 'rb', target: 'prod-eu', where: 'here' });
    await terminal.shows('run r1: rb on prod-eu');
    terminal.tell('phase.began', { phase: 'p', title: 'The phase' });
    terminal.tell('step.began', { title: 'Keep', uses: 'pv/retain' }, 'retain');
    await terminal.shows('retain  Keep');
    terminal.tell('step.ended', { end: 'done', because: '7 Changes' }, 'retain');
    await terminal.shows('retain: done, 7 Changes');
    await terminal.tty.close();
    expect(terminal.text).toContain('\u001B[?25l');
    expect(terminal.text.lastIndexOf('\u001B[?25h')).toBeGreaterThan(terminal.text.lastIndexOf('\u001B[?25l'));
    expect(terminal.input.raw).toBe(false);
  });

  it('draws at most some ten times a second, however much is told', async () => {
    const terminal = new Terminal();
    terminal.tell('phase.began', { phase: 'p', title: 'P' });
    terminal.tell('step.began', { title: 'Many', uses: '' }, 'many');
    const before = terminal.writes;
    const began = performance.now();
    for (let at = 0; at < 2_000; at += 1) {
      terminal.tell('change.began', { item: `${at}`, id: `${at}`, what: `PersistentVolume pv-${at}` }, 'many');
      terminal.tell('change.ended', { item: `${at}`, id: `${at}`, outcome: 'done' }, 'many');
      if (at % 100 === 0) await sleep(10);
    }
    const seconds = (performance.now() - began) / 1_000;
    expect(terminal.writes - before).toBeLessThanOrEqual(Math.ceil(seconds * 10) + 2);
    await terminal.shows('2,000/2,000');
  });

  it('keeps what is told while a question is on the screen for afterwards', async () => {
    const terminal = new Terminal();
    terminal.tell('phase.began', { phase: 'p', title: 'P' });
    const reply = terminal.ask();
    await terminal.shows('yes or no:');
    const from = terminal.text.length;
    terminal.tell('step.ended', { end: 'done', because: 'quietly' }, 'other');
    await sleep(250);
    expect(terminal.text.slice(from)).not.toContain('quietly');
    await terminal.type('y\r');
    await reply;
    await terminal.shows('quietly', from);
  });

  it('turns Ctrl-C into SIGINT while nothing is asked', async () => {
    const terminal = new Terminal();
    let heard = 0;
    const hear = (): void => void (heard += 1);
    process.on('SIGINT', hear);
    try {
      terminal.tell('phase.began', { phase: 'p', title: 'P' });
      await terminal.type('x\u0003');
      await sleep(50);
      expect(heard).toBe(1);
    } finally {
      process.off('SIGINT', hear);
    }
  });

  it('closes twice, and closes when it never began', async () => {
    const terminal = new Terminal();
    await terminal.tty.close();
    await terminal.tty.close();
    expect(terminal.plain).toBe('');
  });
});
