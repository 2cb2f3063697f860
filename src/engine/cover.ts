import { covers, RISKS, type Change, type Item, type Scope } from '../model/change.ts';
import type { Json } from '../model/json.ts';
import { objectKeyOf } from '../model/object-ref.ts';

/** What a person has said yes to for one step: the items with their Changes, and for a step then unknown its envelope. */
export interface Approved {
  readonly items: readonly Item[];
  readonly envelope?: readonly Scope[];
}

export type Verdict =
  | { readonly covered: true }
  /** Inside the envelope of a step that was unknown, but not `safe`: a confirmation. */
  | { readonly covered: false; readonly why: 'riskier'; readonly changes: readonly Change[] }
  /** Not what was approved: a moved world. */
  | { readonly covered: false; readonly why: 'moved'; readonly changes: readonly Change[] };

/** The verbs that performing a Change needs, as its kind tells them. */
export type VerbsOf = (change: Change) => readonly string[];

/**
 * Whether everything that a step now plans was approved (DESIGN section 4, "Covered"). `done` are the Changes that this
 * run has performed in this step since the approval was given: it is used up by them, so nothing is repeated on an old yes.
 * `everDone` are all it has performed there.
 */
export function coverStep(
  items: readonly Item[],
  approvals: readonly Approved[],
  done: readonly Change[],
  verbsOf: VerbsOf,
  everDone: readonly Change[] = done,
): Verdict {
  const left = remaining(approvals, done);
  const outside: Change[] = [];
  for (const item of items) outside.push(...uncovered(item, left));
  if (outside.length === 0) return { covered: true };
  const envelope = approvals.flatMap((one) => [...(one.envelope ?? [])]);
  const all = items.flatMap((item) => [...item.changes]);
  // What was done and is planned again is a moved world, however wide the envelope: nothing is repeated by itself.
  const ever = Map.groupBy(everDone, effectKeyOf);
  const again = outside.some((change) => ever.get(effectKeyOf(change))?.some((one) => sameEffect(one, change)));
  if (!again && envelope.length > 0 && insideAll([...everDone, ...all], outside, envelope, verbsOf)) {
    const riskier = outside.filter((change) => change.risk !== 'safe');
    return riskier.length === 0 ? { covered: true } : { covered: false, why: 'riskier', changes: riskier };
  }
  return { covered: false, why: 'moved', changes: outside };
}

type Left = Map<string, Change[]>;

/** Approved Changes by item, without those that were performed. */
function remaining(approvals: readonly Approved[], done: readonly Change[]): Left {
  const left: Left = new Map();
  for (const approval of approvals)
    for (const item of approval.items) left.set(item.key, [...(left.get(item.key) ?? []), ...item.changes]);
  const byObject = itemsByObject(left);
  for (const change of done) {
    for (const changes of byObject.get(effectKeyOf(change)) ?? []) {
      const at = changes.findIndex((one) => sameEffect(one, change));
      if (at < 0) continue;
      changes.splice(at, 1);
      break;
    }
  }
  return left;
}

/** Where to look for what was done: thousands of Changes against thousands would be quadratic. */
function itemsByObject(left: Left): Map<string, Set<Change[]>> {
  const found = new Map<string, Set<Change[]>>();
  for (const changes of left.values())
    for (const change of changes) {
      const key = effectKeyOf(change);
      found.set(key, (found.get(key) ?? new Set()).add(changes));
    }
  return found;
}

/** Equal wherever `sameEffect` holds: a name is never a hole, only a uid may be. */
function effectKeyOf({ kind, object }: Change): string {
  return `${kind}|${objectKeyOf(object)}`;
}

/** The Changes of an item that no approved one covers, walking both in order. */
function uncovered(item: Item, left: Left): Change[] {
  const approved = left.get(item.key) ?? [];
  const outside: Change[] = [];
  let from = 0;
  for (const change of item.changes) {
    const at = approved.findIndex((one, index) => index >= from && sameEffect(one, change));
    if (at < 0) outside.push(change);
    else from = at + 1;
  }
  return outside;
}

/** Equal by object, written fields and risk; a hole equals what filled it. */
export function sameEffect(approved: Change, later: Change): boolean {
  return (
    approved.kind === later.kind &&
    approved.risk === later.risk &&
    covers(approved.object as unknown as Json, later.object as unknown as Json) &&
    covers(approved.after, later.after)
  );
}

function insideAll(
  all: readonly Change[],
  outside: readonly Change[],
  envelope: readonly Scope[],
  verbsOf: VerbsOf,
): boolean {
  const objects = new Map<Scope, Set<string>>();
  for (const change of all) {
    const scope = envelope.find((one) => inside(change, one, verbsOf));
    if (!scope) {
      if (outside.includes(change)) return false;
      continue;
    }
    const counted = objects.get(scope) ?? new Set();
    objects.set(scope, counted.add(objectKeyOf(change.object)));
    if (scope.atMost !== undefined && counted.size > scope.atMost) return false;
  }
  return true;
}

/** Whether a Change stays inside one scope of an envelope: also the law that planned Changes stay inside `touches`. */
export function inside(change: Change, scope: Scope, verbsOf: VerbsOf): boolean {
  const { object } = change;
  if (scope.endpoint !== object.endpoint) return false;
  if (!scope.kinds.includes('*') && !scope.kinds.includes(object.kind)) return false;
  if (RISKS.indexOf(change.risk) > RISKS.indexOf(scope.worst)) return false;
  if (
    scope.namespaces &&
    object.namespace !== undefined &&
    !scope.namespaces.includes('*') &&
    !scope.namespaces.includes(object.namespace)
  )
    return false;
  return verbsOf(change).every((verb) => scope.verbs.includes('*') || scope.verbs.includes(verb));
}
