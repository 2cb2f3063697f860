import type { PlannedLease } from '../../model/plan.ts';
import { RISKS, worstRisk, type Risk, type Scope } from '../../model/change.ts';
import type { PlannedStep } from '../../model/plan.ts';

/** `5 safe, 2 disruptive`: in rising order, what does not occur left out. */
export function risksText(byRisk: Readonly<Partial<Record<Risk, number>>>): string {
  return RISKS.flatMap((risk) => {
    const count = byRisk[risk] ?? 0;
    return count === 0 ? [] : [`${count.toLocaleString('en')} ${risk}`];
  }).join(', ');
}

/**
 * The envelope of a step that is not known yet, a line each: `at most 12 PersistentVolumeClaim in shop: delete, create;
 * worst destructive`. The same on two endpoints is one line; what touches nothing says so.
 */
export function envelopeTexts(scopes: readonly Scope[]): [string, Risk][] {
  if (scopes.length === 0) return [['not known either', 'opaque']];
  const writing = scopes.filter((scope) => scope.atMost !== 0);
  if (writing.length === 0) return [['nothing is written', 'safe']];
  const texts = Map.groupBy(writing, scopeText);
  return [...texts].map(([text, same]) => {
    const endpoints = [...new Set(same.map((scope) => scope.endpoint))].filter(
      (one) => one !== 'cluster' || same.length > 1,
    );
    return [
      `${text}${endpoints.length === 0 ? '' : ` (${endpoints.join(' or ')})`}`,
      worstRisk(same.map((scope) => scope.worst)),
    ];
  });
}

function scopeText(scope: Scope): string {
  const most = scope.atMost === undefined ? '' : `at most ${scope.atMost.toLocaleString('en')} `;
  const kinds = scope.kinds.includes('*')
    ? 'objects of any kind'
    : scope.kinds.map((kind) => within(kind, scope)).join(', ');
  const where = scope.namespaces && scope.namespaces.length > 0 ? ` in ${scope.namespaces.join(', ')}` : '';
  const verbs = scope.verbs.includes('*') ? 'anything' : scope.verbs.join(', ');
  return `${most}${kinds}${where}${verbs === '' ? '' : `: ${verbs}`}; worst ${scope.worst}`;
}

/** `Pod/exec`. */
function within(kind: string, { subresource }: Scope): string {
  return subresource === undefined ? kind : `${kind}/${subresource}`;
}

export const GATE_WORDS: Readonly<Record<NonNullable<PlannedStep['gate']>, string>> = {
  confirm: 'asks yes or no',
  'type-target': "asks to type the target's name",
  checklist: 'asks to tick a list',
  choose: 'asks to choose',
};

/** `14:03:11Z`. */
export function clockText(ms: number): string {
  return `${new Date(ms).toISOString().slice(11, 19)}Z`;
}

/** `2026-11-21 14:03:11Z`: a moment that may be of another day. */
export function momentText(at: string): string {
  const ms = Date.parse(at);
  return Number.isNaN(ms) ? at : `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}

/** The head of a plan names what keeps a second run away from the cluster. */
export function leaseText({ is, because }: PlannedLease): string {
  switch (is) {
    case 'free':
      return `Lease drctl in kube-system, ${because}`;
    case 'held':
      return `Lease drctl in kube-system: ${because}`;
    case 'unavailable':
      return `no Lease: ${because}; only this store keeps a second run away`;
  }
}
