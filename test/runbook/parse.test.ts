import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { compile } from '../../src/expr/compile.ts';
import { declaredOf } from '../../src/expr/declared.ts';
import { renderTemplate } from '../../src/expr/template.ts';
import type { Json } from '../../src/model/json.ts';
import type { Runbook, Step } from '../../src/model/runbook.ts';
import { formatProblems } from '../../src/runbook/format.ts';
import { parseRunbook, type Parsed } from '../../src/runbook/parse.ts';
import { actions } from './actions.ts';

const DIRECTORY = path.join(import.meta.dirname, 'valid');

function parse(file: string, text?: string): Parsed {
  const read = (name: string): string | undefined => {
    const full = path.join(DIRECTORY, name);
    return existsSync(full) ? readFileSync(full, 'utf8') : undefined;
  };
  return parseRunbook({ file, text: text ?? read(file) ?? '', read, actions });
}

function runbook(file: string, text?: string): Runbook {
  const parsed = parse(file, text);
  if ('problems' in parsed) throw new Error(formatProblems(parsed.problems));
  return parsed.runbook;
}

function step(book: Runbook, id: string): Step {
  const found = book.phases.flatMap((phase) => phase.steps).find((one) => one.id === id);
  if (!found) throw new Error(`no step ${id}`);
  return found;
}

const phasesOf = (book: Runbook): [string, readonly string[], string[]][] =>
  book.phases.map((phase) => [phase.id, phase.needs, phase.steps.map((one) => one.id)]);

describe('the runbook of the design', () => {
  const book = runbook('argocd.yaml');

  test('is read with durations in milliseconds and needs resolved', () => {
    expect(book.objectives).toEqual({ rto: 14_400_000 });
    expect(book.budget).toEqual({ PersistentVolumeClaim: 12 });
    expect(book.testedOn).toEqual({ kubernetes: ['1.29', '1.35'] });
    expect(phasesOf(book)).toEqual([
      ['retain', [], ['retain']],
      ['stop-the-line', [], ['freeze']],
      ['volumes', ['retain', 'stop-the-line'], ['rebind']],
      ['end', ['volumes'], ['thaw']],
    ]);
    expect(book.phases[1]?.objective).toBe(600_000);
  });

  test('has the defaults where nothing is said', () => {
    expect(step(book, 'retain')).toEqual({
      id: 'retain',
      phase: 'retain',
      title: 'retain',
      uses: 'pv/retain',
      with: { namespace: '${{ params.namespace }}' },
      at: 'cluster',
      retry: { attempts: 3, delay: 2_000 },
      verify: [],
      onFailure: 'ask',
    });
  });

  test('keeps gate, hold, rollout and checks', () => {
    expect(step(book, 'freeze')).toMatchObject({ at: 'argocd', until: 'thaw', gate: { confirm: true, at: 'before' } });
    expect(step(book, 'rebind').rollout).toEqual([1, 3, 'rest']);
    expect(step(book, 'rebind').verify).toEqual([
      {
        check: { kind: 'object', apiVersion: 'v1', objectKind: 'PersistentVolumeClaim' },
        over: 'items',
        expect: 'self.status.phase == "Bound"',
        within: 120_000,
      },
    ]);
  });
});

describe('everything else a runbook can say', () => {
  const book = runbook('everything.yaml');

  test('merge keys and anchors', () => {
    expect(step(book, 'again')).toMatchObject({
      timeout: 90_000,
      onFailure: 'pause',
      dueBefore: 'scale',
      uses: 'human/task',
    });
    expect(step(book, 'again').gate).toEqual(step(book, 'choose').gate);
  });

  test('when, forEach and expect are bare expressions, whether or not they were wrapped', () => {
    expect(step(book, 'rebind').when).toBe('steps.choose.answer == "old"');
    expect(step(book, 'scale').forEach).toBe('params.sets');
  });

  test('a literal forEach becomes an expression', () => {
    const text = step(book, 'literal').forEach ?? '';
    expect(compile(text, declaredOf(book)).evaluate({ params: { namespace: 'shop' } })).toEqual(['a', 'shop']);
  });

  test('a check that nothing is there needs no condition', () => {
    expect(step(book, 'scale').verify[1]).toMatchObject({ count: 0, expect: 'true', within: 120_000 });
  });

  test('a retry keeps the default of what is not said', () => {
    expect(step(book, 'rebind').retry).toEqual({ attempts: 5, delay: 2_000 });
  });

  test('a parameter is required when it has no default', () => {
    expect(Object.entries(book.parameters).map(([name, one]) => [name, one.required])).toEqual([
      ['namespace', true],
      ['sets', false],
      ['ratio', false],
    ]);
  });

  test('a parameter that nobody reads is a warning at its name', () => {
    const text = readFileSync(path.join(DIRECTORY, 'argocd.yaml'), 'utf8').replace(
      'parameters:',
      'parameters:\n  spare: {type: string, default: x}',
    );
    const parsed = parse('argocd.yaml', text);
    expect('warnings' in parsed && parsed.warnings.map((one) => [one.code, one.at.line, one.at.column])).toEqual([
      ['UnusedParameter', 10, 3],
    ]);
  });

  test('line ends of Windows and a byte order mark are no trouble', () => {
    const text = `\uFEFF${readFileSync(path.join(DIRECTORY, 'argocd.yaml'), 'utf8').replaceAll('\n', '\r\n')}`;
    expect(runbook('argocd.yaml', text).phases).toEqual(runbook('argocd.yaml').phases);
    const broken = parse('argocd.yaml', text.replace('pv/rebind', 'pv/rebnd'));
    expect('problems' in broken && broken.problems[0]).toMatchObject({
      at: { line: 31, column: 15 },
      line: '        uses: pv/rebnd',
    });
  });
});

describe('an include stands for the phases of the runbook it names', () => {
  const book = runbook('including.yaml');
  const values = { params: { app: 'blog', deep: true }, each: { key: 'k', value: 1 } };
  const render = (value: Json): Json => {
    const result = renderTemplate(value, values, { ...declaredOf(book), each: true }, () => true);
    return 'value' in result ? result.value : null;
  };

  test('in its place, ids prefixed, and whoever needs the phase waits for all of it', () => {
    expect(phasesOf(book)).toEqual([
      ['before-part-1', [], ['tell']],
      ['inc-retain', ['before-part-1'], ['inc-retain']],
      ['inc-lane', ['before-part-1'], ['inc-ask']],
      ['inc-rebind', ['inc-retain', 'inc-lane'], ['inc-bind-it', 'inc-last-step']],
      ['before', ['inc-rebind'], ['after']],
      ['end', ['before'], ['bye']],
    ]);
  });

  test('its parameters are what "with" gives, or their defaults', () => {
    expect(render(step(book, 'inc-retain').with)).toEqual({ namespace: 'ns-blog' });
    expect(render(step(book, 'inc-ask').with)).toEqual({ instruction: 'Look at it\'s "quoted" ${{ literally }}' });
    expect(render(step(book, 'inc-last-step').with)).toEqual({ instruction: 'k it\'s "quoted"!' });
  });

  test('its references to its own steps, holds and conditions are renamed', () => {
    const bind = step(book, 'inc-bind-it');
    expect(bind.until).toBe('inc-last-step');
    const when = compile(bind.when ?? '', declaredOf(book));
    expect(when.references).toEqual(['params.deep', 'steps.inc-ask.answer']);
    expect(when.evaluate({ ...values, steps: { 'inc-ask': { answer: 'yes' } } })).toBe(true);
    expect(compile(step(book, 'inc-last-step').forEach ?? '', declaredOf(book)).references).toEqual([
      'steps.inc-bind-it.outputs',
    ]);
    const [check] = bind.verify;
    expect(render((check?.check ?? null) as Json)).toMatchObject({ namespace: 'ns-blog' });
    const expected = compile(check?.expect ?? '', { ...declaredOf(book), self: true });
    expect(expected.evaluate({ ...values, self: { metadata: { namespace: 'ns-blog' } } })).toBe(true);
  });

  test('the digest covers the included text', () => {
    const text = readFileSync(path.join(DIRECTORY, 'including.yaml'), 'utf8');
    const part = readFileSync(path.join(DIRECTORY, 'parts/recover.yaml'), 'utf8');
    const read = (changed: string) => (name: string) => (name.endsWith('recover.yaml') ? changed : undefined);
    const digest = (changed: string): string | undefined => {
      const parsed = parseRunbook({ file: 'including.yaml', text, read: read(changed), actions });
      return 'runbook' in parsed ? parsed.runbook.digest : undefined;
    };
    expect(digest(part)).toBe(book.digest);
    expect(digest(`${part}# more\n`)).not.toBe(book.digest);
  });
});

describe('size', () => {
  test('500 steps are read', () => {
    const steps = Array.from({ length: 500 }, (_, index) =>
      [
        `      - id: step-${index}`,
        '        uses: pv/rebind',
        '        title: Point the claim back at its volume',
        '        with: {namespace: "${{ params.namespace }}", statefulSets: {kafka: {data: 3}}}',
        '        gate: {confirm: true}',
        '        rollout: [1, 3, rest]',
        '        verify:',
        '          - object: {apiVersion: v1, kind: PersistentVolumeClaim}',
        '            expect: self.status.phase == "Bound" && self.metadata.namespace == params.namespace',
        '            within: 2m',
      ].join('\n'),
    );
    const header =
      'apiVersion: drctl/v1\nkind: Runbook\nmetadata: {name: big}\nparameters: {namespace: {type: string}}\nphases:\n  - id: one\n    steps:\n';
    const text = `${header}${steps.join('\n')}\n`;
    runbook('argocd.yaml');
    expect(runbook('big.yaml', text).phases[0]?.steps).toHaveLength(500);
  });
});
