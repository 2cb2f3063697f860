import { isAlias, isScalar, isSeq, LineCounter, parseDocument, visit, type Document, type YAMLError } from 'yaml';
import { messageOf } from '../model/errors.ts';
import type { Json } from '../model/json.ts';
import type { Problem } from './problem.ts';
import { lineOf, sourceOf, type Source } from './source.ts';

/** A runbook of 500 steps has 130 kB. */
const MAX_BYTES = 1_048_576;
const MAX_DEPTH = 100;
const MAX_INTEGER = Number.MAX_SAFE_INTEGER;

/** The source where the file can be read at all; the problems that were found on the way, which may leave a source. */
export function readYaml(file: string, text: string): { source?: Source; problems: Problem[] } {
  const unreadable = refuse(file, text);
  if (unreadable) return { problems: [unreadable] };
  const counter = new LineCounter();
  let document: Document;
  try {
    document = parseDocument(text, { lineCounter: counter, intAsBigInt: true, merge: true, prettyErrors: false });
  } catch (error) {
    return { problems: [atStart(file, 'YamlSyntax', `cannot be read as YAML: ${messageOf(error)}`)] };
  }
  const syntax = [...document.errors, ...document.warnings].map((one) => syntaxProblem(file, text, counter, one));
  if (document.errors.some((error) => error.code !== 'DUPLICATE_KEY')) return { problems: syntax };
  const problems = [...syntax, ...plainProblems(file, text, counter, document)];
  if (problems.some((problem) => problem.code !== 'DuplicateKey' && problem.code !== 'IntegerTooLarge'))
    return { problems };
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null))
    return { problems: [...problems, atStart(file, 'EmptyFile', 'the file is empty')] };
  try {
    const value = document.toJS({ maxAliasCount: 100 }) as Json;
    return { source: sourceOf(file, text, document, counter, value), problems };
  } catch (error) {
    return { problems: [...problems, atStart(file, 'AliasBomb', `its aliases multiply: ${messageOf(error)}`)] };
  }
}

function atStart(file: string, code: string, message: string): Problem {
  return { code, message, at: { file, line: 1, column: 1 } };
}

/** What is no text that a person wrote, before a parser spends time on it. */
function refuse(file: string, text: string): Problem | undefined {
  if (text.length > MAX_BYTES)
    return atStart(file, 'FileTooLarge', `the file has ${text.length} characters, more than ${MAX_BYTES}`);
  if (text.trim() === '') return atStart(file, 'EmptyFile', 'the file is empty');
  const odd = /[\0-\x08\x0B\x0C\x0E-\x1F\x7F\uFFFD]/.exec(text); // oxlint-disable-line no-control-regex
  if (odd) {
    const before = text.slice(0, odd.index).split('\n');
    const at = { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
    const replaced = odd[0] === '\uFFFD';
    const message = replaced ? 'the file is not UTF-8' : 'the file has a control character';
    return { code: replaced ? 'NotUtf8' : 'ControlCharacter', message, at };
  }
  if (flowDepth(text) > MAX_DEPTH) return atStart(file, 'TooDeep', `brackets are nested more than ${MAX_DEPTH} deep`);
  return undefined;
}

/** At the most; brackets in strings count as well. The parser calls itself for each and would run out of stack. */
function flowDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const character of text) {
    if (character === '[' || character === '{') deepest = Math.max(deepest, (depth += 1));
    if (character === ']' || character === '}') depth = Math.max(0, depth - 1);
  }
  return deepest;
}

const YAML_CODES: Readonly<Record<string, [code: string, message?: string]>> = {
  DUPLICATE_KEY: ['DuplicateKey'],
  TAB_AS_INDENT: ['TabIndentation', 'a tab cannot indent in YAML: use spaces'],
  MULTIPLE_DOCS: ['MultipleDocuments', 'the file holds more than one document ("---")'],
};

function syntaxProblem(file: string, text: string, counter: LineCounter, error: YAMLError): Problem {
  const [code, message] = YAML_CODES[error.code] ?? ['YamlSyntax'];
  return problemAt(file, text, counter, error.pos[0], code, message ?? error.message);
}

function problemAt(
  file: string,
  text: string,
  counter: LineCounter,
  offset: number,
  code: string,
  message: string,
): Problem {
  const { line, col } = counter.linePos(Math.min(offset, text.length));
  return {
    code,
    message,
    at: { file, line: Math.max(1, line), column: Math.max(1, col) },
    line: lineOf(text, counter, Math.max(1, line)),
  };
}

/**
 * What YAML can say and JSON cannot, and what the parser lets pass silently: an alias without an anchor (a bare
 * ReferenceError later), integers that lose digits, `.nan`, keys that are no text. Integers become numbers on the way.
 */
function plainProblems(file: string, text: string, counter: LineCounter, document: Document): Problem[] {
  const problems: Problem[] = [];
  const tell = (offset: number | undefined, code: string, message: string): void => {
    problems.push(problemAt(file, text, counter, offset ?? 0, code, message));
  };
  visit(document, {
    Alias(_, alias, path) {
      const anchored = alias.resolve(document);
      if (!anchored) tell(alias.range?.[0], 'UnknownAlias', `no anchor "&${alias.source}" stands before`);
      else if (path.includes(anchored))
        tell(
          alias.range?.[0],
          'AliasCycle',
          `"&${alias.source}" would contain itself: the alias stands inside of what it names`,
        );
    },
    Scalar(_, scalar) {
      if (typeof scalar.value === 'bigint') {
        if (!Number.isSafeInteger(Number(scalar.value)))
          tell(scalar.range?.[0], 'IntegerTooLarge', `${scalar.value} would lose digits: put it in quotes`);
        // one that was told is made acceptable, so that it is not told twice
        scalar.value = Math.max(-MAX_INTEGER, Math.min(MAX_INTEGER, Number(scalar.value)));
      }
      if (typeof scalar.value === 'number' && !Number.isFinite(scalar.value))
        tell(scalar.range?.[0], 'NotJson', 'neither .nan nor .inf can be used here');
    },
    Pair(_, pair) {
      if (isScalar(pair.key) && pair.key.value === '__proto__')
        tell(pair.key.range?.[0], 'UnknownKey', 'the key "__proto__" is not allowed');
      if (!isScalar(pair.key) && !isAlias(pair.key))
        tell(isSeq(pair.key) ? pair.key.range?.[0] : undefined, 'NotJson', 'a key must be text, not a list or a map');
    },
  });
  return problems;
}
