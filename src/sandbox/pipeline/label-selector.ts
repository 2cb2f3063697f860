import { badRequest } from '../registry/status.ts';
import { qualifiedNames } from '../registry/validation/names.ts';

type Labels = Record<string, string>;
type Test = (labels: Labels) => boolean;

/** `app=a,tier in (x,y),!old` (k8s.io/apimachinery/pkg/labels/selector.go). Throws 400. */
export function parseLabelSelector(text: string): Test {
  const tests: Test[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const term = termAt(rest);
    tests.push(term.test);
    rest = term.rest.trimStart();
    if (rest === '') break;
    if (!rest.startsWith(',')) throw badRequest(`found '${wordAt(rest)}', expected: ',' or 'end of string'`);
    rest = rest.slice(1).trimStart();
    if (!/^[!A-Za-z0-9_./-]/.test(rest)) throw badRequest(`found '${wordAt(rest)}', expected: identifier after ','`);
  }
  return (labels) => tests.every((test) => test(labels));
}

const keyPattern = /^[A-Za-z0-9_./-]+/;
const valuePattern = /^[A-Za-z0-9_.-]*/;

function termAt(text: string): { test: Test; rest: string } {
  if (text.startsWith('!')) {
    const [key, rest] = keyAt(text.slice(1).trimStart());
    return { test: (labels) => labels[key] === undefined, rest };
  }
  const [key, rest] = keyAt(text);
  const after = rest.trimStart();
  if (after === '' || after.startsWith(',')) return { test: (labels) => labels[key] !== undefined, rest: after };
  const set = /^(in|notin)\b\s*/.exec(after);
  if (set) return setTerm(key, set[1] === 'in', after.slice(set[0].length));
  const operator = /^(==|=|!=|>|<)\s*/.exec(after);
  if (!operator) {
    throw unparsable(`found '${wordAt(after)}', expected: in, notin, =, ==, !=, gt, lt`);
  }
  const value = valueAt(after.slice(operator[0].length), operator[1] ?? '=');
  return { test: comparison(key, operator[1] ?? '=', value), rest: after.slice(operator[0].length + value.length) };
}

function valueAt(text: string, operator: string): string {
  const value = valuePattern.exec(text)?.[0] ?? '';
  if (value === '' && text !== '' && !text.startsWith(','))
    throw unparsable(`found '${wordAt(text)}', expected: identifier`);
  if (['<', '>'].includes(operator) && !/^[-+]?\d+$/.test(value)) {
    const why = "for 'Gt', 'Lt' operators, the value must be an integer";
    throw unparsable(`values[0]: Invalid value: ${JSON.stringify(value)}: ${why}`);
  }
  return value;
}

function comparison(key: string, operator: string, value: string): Test {
  if (operator === '!=') return (labels) => labels[key] !== value;
  if (operator === '>') return (labels) => labels[key] !== undefined && Number(labels[key]) > Number(value);
  if (operator === '<') return (labels) => labels[key] !== undefined && Number(labels[key]) < Number(value);
  return (labels) => labels[key] === value;
}

function setTerm(key: string, wanted: boolean, text: string): { test: Test; rest: string } {
  const list = /^\(([^()]*)\)/.exec(text);
  if (!list) throw unparsable(`found '${wordAt(text)}' expected: '('`);
  const values = new Set((list[1] ?? '').split(',').map((value) => value.trim()));
  const test: Test = (labels) => {
    const value = labels[key];
    return wanted ? value !== undefined && values.has(value) : value === undefined || !values.has(value);
  };
  return { test, rest: text.slice(list[0].length) };
}

function keyAt(text: string): [key: string, rest: string] {
  const key = keyPattern.exec(text)?.[0];
  if (key === undefined) throw badRequest(`found '${wordAt(text)}', expected: !, identifier, or 'end of string'`);
  const causes = qualifiedNames(key);
  if (causes.length > 0) throw unparsable(`<nil>: Invalid value: ${JSON.stringify(key)}: ${causes.join('; ')}`);
  return [key, text.slice(key.length)];
}

function wordAt(text: string): string {
  return /^([A-Za-z0-9_./-]+|==|!=|.)/.exec(text)?.[0] ?? '';
}

function unparsable(why: string): Error {
  return badRequest(`unable to parse requirement: ${why}`);
}
