import * as fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { encodeLines, hashOf, NO_LINES } from '../../src/journal/chain.ts';
import { verifyChain } from '../../src/journal/verify.ts';
import type { DrctlError } from '../../src/model/errors.ts';
import { anyEvent, began, fileOf, T0, takenFrom, Writer } from './lines.ts';

function brokenBy(files: Parameters<typeof verifyChain>[0], known?: Parameters<typeof verifyChain>[1]): DrctlError {
  try {
    verifyChain(files, known);
  } catch (error) {
    return error as DrctlError;
  }
  throw new Error('not broken');
}

const seven = (): Writer => {
  const writer = new Writer();
  for (const step of 'abcdefg') writer.append(began(step));
  return writer;
};
const split = (writer: Writer): string[] => writer.text.trimEnd().split('\n');
const joined = (lines: readonly string[]) => [fileOf(1, lines.map((line) => `${line}\n`).join(''))];

describe('journal lines', () => {
  it('are canonical JSON, numbered, chained from zeros', () => {
    const [first, second] = split(new Writer().append(began('a')).append(began('b')));
    expect(first).toBe(
      `{"at":"2026-11-21T06:19:00.000Z","epoch":1,"event":{"step":"a","type":"step.began","when":true},"prev":"${'0'.repeat(64)}","seq":1,"v":1}`,
    );
    expect(JSON.parse(second ?? '')).toMatchObject({ seq: 2, prev: hashOf(first ?? '') });
  });

  it('read back as they were said, for any event', () => {
    fc.assert(
      fc.property(fc.array(fc.array(anyEvent, { minLength: 1, maxLength: 4 }), { maxLength: 8 }), (appends) => {
        const writer = new Writer();
        for (const events of appends) writer.append(...events);
        const read = verifyChain([writer.file]);
        expect(read).toEqual({ lines: writer.lines, dropped: [], head: writer.head });
      }),
    );
  });

  it('leave out what JSON leaves out, in memory as on disk', () => {
    const event = { ...began('a'), keys: undefined } as unknown as ReturnType<typeof began>;
    expect(encodeLines(NO_LINES, 1, T0, [event]).lines[0]?.event).not.toHaveProperty('keys');
  });

  it('keep the time of the line before when the clock was set back, and say by how much', () => {
    const first = encodeLines(NO_LINES, 1, T0, [began('a')]);
    expect(first.behindMs).toBe(0);
    const second = encodeLines(first.head, 1, T0 - 3_600_000, [began('b')]);
    expect(second.lines[0]?.at).toBe(first.lines[0]?.at);
    expect(second.behindMs).toBe(3_600_000);
    expect(verifyChain([fileOf(1, first.text + second.text)]).lines).toHaveLength(2);
  });
});

describe('a journal that was tampered with', () => {
  it('is empty, or in order: not broken', () => {
    expect(verifyChain([])).toEqual({ lines: [], dropped: [], head: NO_LINES });
    expect(verifyChain([fileOf(1, '')]).lines).toEqual([]);
    expect(verifyChain([seven().file]).lines).toHaveLength(7);
  });

  it('names every line that was changed', () => {
    const lines = split(seven());
    for (let index = 0; index < 6; index += 1) {
      const step = 'abcdefg'[index] as string;
      const error = brokenBy(joined(lines.map((line, at) => (at === index ? line.replace(`"${step}"`, '"x"') : line))));
      expect(error).toMatchObject({ code: 'JournalBroken', at: { file: 'journal.1.jsonl', line: index + 1 } });
      expect(error.message).toContain('changed');
    }
  });

  it('names a changed last line where the driver noted its hash', () => {
    const writer = seven();
    const files = joined(split(writer).map((line) => line.replace('"g"', '"x"')));
    expect(verifyChain(files).lines).toHaveLength(7);
    expect(brokenBy(files, writer.head)).toMatchObject({ code: 'JournalBroken', at: { line: 7 } });
  });

  it('names a line whose hash of the line before was changed', () => {
    const lines = split(seven());
    for (let index = 1; index < 6; index += 1) {
      const changed = lines.map((line, at) => (at === index ? line.replace(/"prev":"../, '"prev":"zz') : line));
      expect(brokenBy(joined(changed)).at?.line).toBe(index + 1);
      const plausible = lines.map((line, at) =>
        at === index ? line.replace(/"prev":"[^"]*/, `"prev":"${hashOf('x')}`) : line,
      );
      expect(brokenBy(joined(plausible)).at?.line).toBe(index + 1);
    }
  });

  it('names the place of every line that was removed, the last one where it was noted', () => {
    const writer = seven();
    const lines = split(writer);
    for (let index = 0; index < 6; index += 1) {
      const error = brokenBy(joined(lines.toSpliced(index, 1)));
      expect(error).toMatchObject({ code: 'JournalBroken', at: { line: index + 1 } });
      expect(error.message).toContain(`number ${index + 1} is missing`);
    }
    expect(brokenBy(joined(lines.toSpliced(2, 3))).message).toContain('numbers 3 to 5 are missing');
    const end = brokenBy(joined(lines.slice(0, 6)), writer.head);
    expect(end).toMatchObject({ at: { line: 7 } });
    expect(end.message).toContain('the end is missing');
  });

  it('names every two lines that changed places, and every line that is there twice', () => {
    const lines = split(seven());
    for (let index = 0; index < 6; index += 1) {
      const swapped = lines.toSpliced(index, 2, lines[index + 1] ?? '', lines[index] ?? '');
      const error = brokenBy(joined(swapped));
      expect(error.at?.line).toBe(index + 1);
      expect(error.message).toContain(`out of order: number ${index + 1} stands in line ${index + 2}`);
    }
    for (let index = 0; index < 7; index += 1) {
      const error = brokenBy(joined(lines.toSpliced(index, 0, lines[index] ?? '')));
      expect(error.at?.line).toBe(index + 2);
      expect(error.message).toContain(`repeats line ${index + 1}`);
    }
  });

  it.each([
    ['no JSON in the middle', (line: string) => line.slice(0, -5), 'not JSON'],
    ['another version', (line: string) => line.replace('"v":1', '"v":2'), 'version 2'],
    ['no version', (line: string) => line.replace(',"v":1', ''), 'version "none"'],
    ['an unknown event', (line: string) => line.replace('step.began', 'step.danced'), '"step.danced" is unknown'],
    ['an inherited event', (line: string) => line.replace('step.began', 'toString'), '"toString" is unknown'],
    ['another epoch', (line: string) => line.replace('"epoch":1', '"epoch":2'), 'belongs to epoch 2'],
    ['no time', (line: string) => line.replace(/"at":"[^"]*"/, '"at":"soon"'), 'no journal line: at'],
    ['a list', () => '[]', 'no journal line'],
    ['nothing', () => '', 'not JSON'],
    ['null', () => 'null', 'no journal line'],
  ])('names a line with %s', (_name, change, message) => {
    const lines = split(seven());
    const error = brokenBy(joined(lines.with(3, change(lines[3] ?? ''))));
    expect(error).toMatchObject({ code: 'JournalBroken', at: { file: 'journal.1.jsonl', line: 4 } });
    expect(error.message).toContain(message);
    expect(error.nextSteps.length).toBeGreaterThan(0);
  });

  it('names a byte that is no UTF-8, and a time that goes backwards', () => {
    const bytes = Buffer.from(seven().text);
    bytes[bytes.indexOf('"c"') + 1] = 0xff;
    expect(brokenBy([fileOf(1, bytes)])).toMatchObject({ at: { line: 3 } });
    const late = new Writer().append(began('a'), began('b'));
    const early = new Writer(1, { ...late.head, at: '' }).appendAt(T0 - 1, began('c'));
    expect(brokenBy([fileOf(1, late.text + early.text)]).message).toContain('before that of the line before');
  });

  it('does not take a damaged last line for a torn one', () => {
    const lines = split(seven());
    expect(brokenBy(joined(lines.with(6, (lines[6] ?? '').slice(0, -5)))).at?.line).toBe(7);
    expect(brokenBy(joined([...lines.slice(0, 5), lines.slice(5).join(' ')])).at?.line).toBe(6);
  });

  it('is found broken by any change of any byte before the last line, for any journal', () => {
    const text = seven().text;
    const last = text.trimEnd().lastIndexOf('\n');
    fc.assert(
      fc.property(fc.nat(last - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = Buffer.from(text);
        bytes[at] = (bytes[at] ?? 0) ^ flip;
        expect(brokenBy([fileOf(1, bytes)]).code).toBe('JournalBroken');
      }),
      { numRuns: 500 },
    );
  });
});

describe('a journal after a crash', () => {
  it('drops a last line that is torn at any byte, and reports it', () => {
    const whole = seven();
    const torn = new Writer(1, whole.head).append(began('täil'));
    const bytes = Buffer.from(torn.text);
    for (let length = 1; length < bytes.length; length += 1) {
      const read = verifyChain([fileOf(1, Buffer.concat([Buffer.from(whole.text), bytes.subarray(0, length)]))]);
      expect(read.lines).toEqual(whole.lines);
      expect(read.head).toEqual(whole.head);
      expect(read.dropped).toEqual([{ file: 'journal.1.jsonl', line: 8, reason: 'torn' }]);
    }
  });

  it('drops all of an append of several lines, or none of it', () => {
    const whole = seven();
    const batch = new Writer(1, whole.head).append(began('x'), began('y'), began('z'));
    const bytes = Buffer.from(batch.text);
    for (let length = 0; length < bytes.length; length += 1) {
      const read = verifyChain([fileOf(1, Buffer.concat([Buffer.from(whole.text), bytes.subarray(0, length)]))]);
      expect(read.lines).toEqual(whole.lines);
    }
    expect(verifyChain([fileOf(1, whole.text + batch.text)]).lines).toHaveLength(10);
  });

  it('drops a last line of which only the length reached the disk', () => {
    const whole = seven();
    const read = verifyChain([
      fileOf(1, Buffer.concat([Buffer.from(whole.text), Buffer.alloc(80), Buffer.from('\n')])),
    ]);
    expect(read).toMatchObject({ lines: whole.lines, dropped: [{ line: 8, reason: 'torn' }] });
  });
});

describe('a journal that was taken over', () => {
  it('goes on in the next epoch, and holds what the old driver wrote afterwards for void', () => {
    const old = seven();
    const taker = new Writer(2, old.head).append(takenFrom(7)).append(began('new'));
    const late = new Writer(1, old.head).append(began('late')).append(began('later'));
    const read = verifyChain([taker.file, fileOf(1, old.text + late.text)]);
    expect(read.lines).toEqual([...old.lines, ...taker.lines]);
    expect(read.dropped).toEqual([
      { file: 'journal.1.jsonl', line: 8, reason: 'void' },
      { file: 'journal.1.jsonl', line: 9, reason: 'void' },
    ]);
  });

  it('does not mind what is wrong with void lines', () => {
    const old = seven();
    const taker = new Writer(2, old.head).append(takenFrom(7));
    const read = verifyChain([fileOf(1, `${old.text}rubbish\n{"v":9}\n{"ha`), taker.file]);
    expect(read.lines).toHaveLength(8);
    expect(read.dropped.map((one) => [one.line, one.reason])).toEqual([
      [10, 'torn'],
      [8, 'void'],
      [9, 'void'],
    ]);
  });

  it('passes over a taker that was itself overtaken before it was read', () => {
    const old = seven();
    const second = new Writer(2, old.head).append(takenFrom(7, 'second'));
    const late = new Writer(1, old.head).append(began('late'));
    const third = new Writer(3, late.head).append(takenFrom(8, 'third'));
    const read = verifyChain([fileOf(1, old.text + late.text), second.file, third.file]);
    expect(read.lines).toEqual([...old.lines, ...late.lines, ...third.lines]);
    expect(read.dropped).toEqual([{ file: 'journal.2.jsonl', line: 1, reason: 'void' }]);
  });

  it('may begin with nothing at all', () => {
    const taker = new Writer(2).append(takenFrom(0));
    const late = new Writer(1).append(began('late'));
    expect(verifyChain([late.file, taker.file])).toMatchObject({
      lines: taker.lines,
      dropped: [{ file: 'journal.1.jsonl', line: 1, reason: 'void' }],
    });
  });

  it('still names the old line that was changed, removed or torn after it was taken', () => {
    const old = seven();
    const taker = new Writer(2, old.head).append(takenFrom(7)).append(began('new'));
    const lines = split(old);
    const changed = brokenBy([fileOf(1, old.text.replace('"g"', '"x"')), taker.file]);
    expect(changed.at).toMatchObject({ file: 'journal.1.jsonl', line: 7 });
    const removed = brokenBy([...joined(lines.slice(0, 6)), taker.file]);
    expect(removed.at).toMatchObject({ file: 'journal.2.jsonl', line: 1 });
    expect(removed.message).toContain('number 7 is missing');
    expect(brokenBy([fileOf(1, old.text.slice(0, -4)), taker.file]).message).toContain('number 7 is missing');
    expect(brokenBy([taker.file]).message).toContain('numbers 1 to 7 are missing');
  });
});
