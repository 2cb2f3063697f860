import { describe, expect, it } from 'vitest';
import { askQuestion, type AskLine, type Given } from '../../src/cli/hosts/prompt.ts';
import { digestOf } from '../../src/model/digest.ts';
import type { Question } from '../../src/model/question.ts';

const YES_NO = [
  { value: 'yes', label: 'yes, go on' },
  { value: 'no', label: 'no, stop here' },
];

function question(more: Partial<Question>): Question {
  return { id: 'q', kind: 'confirm', subject: digestOf('s'), text: 't', choices: YES_NO, ...more };
}

/** Types line after line, as a person would: what is refused is refused, and the next line is tried. */
async function typing(
  asked: Question,
  lines: string[],
): Promise<{ given: Given; refused: string[]; said: string[]; left: string[] }> {
  const refused: string[] = [];
  const said: string[] = [];
  const left = [...lines];
  const line: AskLine = ({ validate }) => {
    for (;;) {
      const text = left.shift();
      if (text === undefined) return Promise.reject(new Error('nothing more was typed'));
      const verdict = validate(text);
      if (verdict === true) return Promise.resolve(text);
      refused.push(verdict);
    }
  };
  return { given: await askQuestion(asked, line, (text) => said.push(text)), refused, said, left };
}

describe('a confirmation', () => {
  it.each(['y', 'yes', 'YES', ' yes '])('takes %j for yes', async (text) => {
    expect((await typing(question({}), [text])).given).toEqual({ value: 'yes' });
  });

  it.each(['n', 'no', 'No'])('takes %j for no', async (text) => {
    expect((await typing(question({}), [text])).given).toEqual({ value: 'no' });
  });

  it.each(['', '   ', 'ye', 'yess', '1', 'ok', 'sure', '\u0000'])('takes %j for no answer at all', async (text) => {
    const { given, refused } = await typing(question({}), [text, 'n']);
    expect(refused).toHaveLength(1);
    expect(given.value).toBe('no');
  });

  it('says of Enter alone that it is no answer', async () => {
    expect((await typing(question({}), ['', 'y'])).refused[0]).toBe('Enter alone is no answer: type yes or no');
  });

  it.each(['moved', 'confirm'] as const)('is what a question of kind %s with yes and no is', async (kind) => {
    expect((await typing(question({ kind }), ['y'])).given.value).toBe('yes');
  });
});

describe("typing the target's name", () => {
  const asked = question({ kind: 'type-target', typed: 'prod-eu' });

  it('wants it letter for letter', async () => {
    const { given, refused } = await typing(asked, ['prod-us', 'PROD-EU', 'y', 'yes', '', 'prod-eu']);
    expect(refused).toHaveLength(5);
    expect(given).toEqual({ value: 'yes' });
  });

  it('takes no for an answer', async () => {
    expect((await typing(asked, ['no'])).given.value).toBe('no');
  });

  it('of a target called "no" is the name, not a refusal', async () => {
    expect((await typing(question({ kind: 'type-target', typed: 'no' }), ['no'])).given.value).toBe('yes');
  });
});

describe('a checklist', () => {
  const asked = question({ kind: 'checklist', points: ['the mail is out', 'the lead knows'] });

  it('wants a yes for every point', async () => {
    const { given, left } = await typing(asked, ['y', '', 'y', 'n']);
    expect(given).toEqual({ value: 'yes' });
    expect(left).toEqual(['n']);
  });

  it('ends at the first no, and says at which point', async () => {
    expect((await typing(asked, ['y', 'n'])).given).toEqual({ value: 'no', because: 'not so: the lead knows' });
  });
});

describe('a choice', () => {
  const asked = question({
    kind: 'trouble',
    choices: [
      { value: 'again', label: 'plan again' },
      { value: 'skip', label: 'leave this step out', reason: true },
      { value: 'pause', label: 'pause the run' },
    ],
  });

  it('is listed with numbers and words, and takes either', async () => {
    const { said, given } = await typing(asked, ['1']);
    expect(said).toEqual([
      '  1  again: plan again',
      '  2  skip: leave this step out (asks why)',
      '  3  pause: pause the run',
    ]);
    expect(given).toEqual({ value: 'again' });
    expect((await typing(asked, ['PAUSE'])).given).toEqual({ value: 'pause' });
  });

  it.each(['', '0', '4', '-1', '1.5', 'NaN', 'agai', 'constructor'])('does not take %j', async (text) => {
    const { refused } = await typing(asked, [text, '3']);
    expect(refused).toHaveLength(1);
  });

  it('that needs a reason gets one, and not an empty one', async () => {
    const { given, refused } = await typing(asked, ['skip', '', '  ', 'the page is down']);
    expect(given).toEqual({ value: 'skip', because: 'the page is down' });
    expect(refused).toHaveLength(2);
  });

  it('of a changed definition asks why', async () => {
    const definition = question({
      kind: 'definition',
      choices: [
        { value: 'accept-definition', label: 'go on with it as it is now', reason: true },
        { value: 'no', label: 'stop here' },
      ],
    });
    expect((await typing(definition, ['1', 'reviewed by bob'])).given).toEqual({
      value: 'accept-definition',
      because: 'reviewed by bob',
    });
    expect((await typing(definition, ['no'])).given).toEqual({ value: 'no' });
  });
});

describe('a task', () => {
  const asked = question({
    kind: 'task',
    choices: [
      { value: 'done', label: 'done' },
      { value: 'no', label: 'not now: pause the run' },
    ],
  });

  it('once done may carry what was seen', async () => {
    expect((await typing(asked, ['done', 'posted https://status/1'])).given).toEqual({
      value: 'done',
      because: 'posted https://status/1',
    });
    expect((await typing(asked, ['1', ''])).given).toEqual({ value: 'done' });
  });

  it('not done asks nothing more', async () => {
    expect((await typing(asked, ['2'])).given).toEqual({ value: 'no' });
  });

  it('is not done by Enter', async () => {
    expect((await typing(asked, ['', 'done', ''])).refused).toHaveLength(1);
  });
});
