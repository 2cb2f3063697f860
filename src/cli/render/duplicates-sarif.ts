import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Duplicate } from '../../duplicates/explain.ts';
import type { DuplicatesReport } from '../../operations/duplicates.ts';
import { VERSION } from '../version.ts';

const RULES = {
  redefinition: 'One Application name with two destinations or sources',
  conflict: 'One object with two contents',
  copy: 'One object twice, with the same content',
  redirected: 'An Application that deploys elsewhere, or something else, than before',
  identity: 'An object that changes its identity: one is deleted, another made',
  unreadable: 'Input that could not be read',
} as const;

type Rule = keyof typeof RULES;

interface Place {
  readonly file: string;
  readonly line: number;
}

/** SARIF 2.1.0 (OASIS), with what code review shows: a place, the other places, a text. One result for each finding. */
export function duplicatesSarif(report: DuplicatesReport): unknown {
  const { changes } = report;
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'drctl duplicates', version: VERSION, rules: rules() } },
        columnKind: 'utf16CodeUnits',
        results: [
          ...report.duplicates.map(duplicateResult),
          ...(changes?.applications ?? []).map((one) =>
            result(
              'redirected',
              'warning',
              `Application ${one.after.name} has another destination or source than at ${changes?.since}.`,
              [one.after],
            ),
          ),
          ...(changes?.moved ?? []).map(({ before, after }) =>
            result(
              'identity',
              'warning',
              `${before.kind} ${before.name} of ${changes?.since} is another object now: it is deleted, and this is made.`,
              [after],
            ),
          ),
          ...report.unreadable.map((one) => result('unreadable', 'warning', `Not compared: ${one.reason}`, [one])),
        ],
      },
    ],
  };
}

function rules(): unknown[] {
  return Object.entries(RULES).map(([id, text]) => ({
    id,
    shortDescription: { text },
    helpUri: 'https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/',
  }));
}

function duplicateResult(one: Duplicate): unknown {
  const [, ...others] = one.occurrences;
  const label = `${one.kind} ${one.namespace ? `${one.namespace}/` : ''}${one.name}`;
  const where = others.map(({ file, line }) => `${file}:${line}`).join(', ');
  const paths = one.differences.slice(0, 5).map(({ path }) => path);
  const differs = paths.length === 0 ? '' : ` They differ in ${paths.join(', ')}.`;
  const text = [
    `${label} stands again at ${where}.${differs}`,
    ...one.because.map((said) => `${said}.`),
    one.consequence,
  ];
  return result(one.nature, one.certainty === 'duplicate' ? 'error' : 'note', text.join(' '), one.occurrences);
}

function result(rule: Rule, level: 'error' | 'warning' | 'note', text: string, places: readonly Place[]): unknown {
  const [first, ...related] = places;
  return {
    ruleId: rule,
    level,
    message: { text },
    locations: first ? [{ physicalLocation: physical(first) }] : [],
    ...(related.length > 0 && {
      relatedLocations: related.map((place, id) => ({
        id,
        physicalLocation: physical(place),
        message: { text: 'the same object' },
      })),
    }),
  };
}

function physical({ file, line }: Place): unknown {
  const uri = isAbsolute(file) ? pathToFileURL(file).href : encodeURI(file);
  return { artifactLocation: { uri }, region: { startLine: Math.max(1, line) } };
}
