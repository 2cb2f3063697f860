import { destinationText, sourcesText } from '../../duplicates/application.ts';
import type { Manifest } from '../../duplicates/manifest.ts';
import type { Pruned } from '../../duplicates/prune.ts';
import type { DuplicatesReport } from '../../operations/duplicates.ts';
import type { RedirectedApplication } from '../../operations/manifest-changes.ts';
import { columns, wrapped } from './layout.ts';
import type { Paint } from './paint.ts';

type Changes = NonNullable<DuplicatesReport['changes']>;

export function changesJson(changes: Changes): unknown {
  return {
    since: changes.since,
    identity: changes.moved.map(({ before, after }) => ({ before: placed(before), after: placed(after) })),
    applications: changes.applications.map((one) => ({
      ...placed(one.after),
      before: { destination: destinationText(one.was), source: sourcesText(one.was) },
      after: { destination: destinationText(one.is), source: sourcesText(one.is) },
      prunes: one.is.prunes,
    })),
    wouldDelete: changes.pruned.map(({ manifest, because, takes, guard }) => ({
      ...placed(manifest),
      because,
      takes: takes ?? null,
      guard: guard ?? null,
    })),
  };
}

function placed({ group, kind, namespace, name, file, line }: Manifest) {
  return { group, kind, namespace: namespace ?? null, name, file, line };
}

const MOST = 12;

export function changesLines(changes: Changes, width: number, paint: Paint): string[] {
  const { since, moved, applications, pruned } = changes;
  if (moved.length + applications.length + pruned.length === 0)
    return [`since ${since}: no object changes its identity, none leaves`, ''];
  const deleted = pruned.filter((one) => one.guard === undefined);
  return [
    ...applications.slice(0, MOST).flatMap((one) => [...applicationLines(one, since, width, paint), '']),
    ...moved.slice(0, MOST).flatMap(({ before, after }) => {
      const said = `${paint.yellow('IDENTITY')} ${label(before)} is ${label(after)} since ${since}: one is deleted, another made`;
      return [...wrapped(said, width, '', '  '), `  ${after.file}:${after.line}`];
    }),
    ...more(moved.length - MOST, 'changes of identity'),
    ...(pruned.length === 0
      ? []
      : [`An Argo CD with prune would delete ${deleted.length} of what was there at ${since}:`]),
    ...columns(pruned.slice(0, MOST).map(prunedRow), width, '  '),
    ...more(pruned.length - MOST, 'to delete'),
    '',
  ];
}

function applicationLines(one: RedirectedApplication, since: string, width: number, paint: Paint): string[] {
  const what = [...(one.redirection.destination ? ['destination'] : []), ...(one.redirection.path ? ['source'] : [])];
  const head = `${paint.red('REDIRECTED')} ${label(one.after)} has another ${what.join(' and ')} than at ${since}`;
  const rows = [
    [
      `${since}:${one.before.file}:${one.before.line}`,
      `to ${destinationText(one.was)}`,
      `from ${sourcesText(one.was)}`,
    ],
    [`${one.after.file}:${one.after.line}`, `to ${destinationText(one.is)}`, `from ${sourcesText(one.is)}`],
  ];
  return [
    ...wrapped(head, width, '', '  '),
    ...columns(rows, width, '  '),
    ...wrapped(redirectionText(one), width, '  ', '  '),
  ];
}

/** What is tracked under the name and is not in the new path becomes prunable (recovery-facts B2). */
function redirectionText({ redirection, is }: RedirectedApplication): string {
  const when = is.prunes ? 'at the next sync, because prune is on' : 'by the next sync with prune';
  const path = redirection.path ? `What it deployed and is not in the new source is deleted ${when}.` : '';
  const destination = redirection.destination
    ? 'What it deployed to the old destination is no longer wanted there: deleted where it is still tracked, left behind elsewhere.'
    : '';
  return [path, destination].filter((text) => text !== '').join(' ');
}

function prunedRow({ manifest, because, takes, guard }: Pruned): string[] {
  const said =
    guard === undefined ? because : guard === 'Prune=false' ? 'kept: Prune=false' : 'asks first: Prune=confirm';
  return [label(manifest), takes === undefined ? said : `${said}; takes ${takes}`];
}

function label({ kind, namespace, name }: Manifest): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

function more(count: number, what: string): string[] {
  return count > 0 ? [`  … and ${count} more ${what}: --json lists all`] : [];
}
