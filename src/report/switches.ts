import type { Change } from '../model/change.ts';
import { isJsonObject, type Json } from '../model/json.ts';
import type { ObjectRef } from '../model/object-ref.ts';
import { kubectlAnnotate, kubectlPatch, kubectlScale } from './take-back.ts';

/** A field that a recovery switches for its own sake, and that stays switched when nobody takes it back. */
export interface Switch {
  readonly name: string;
  readonly path: readonly string[];
  readonly before: Json;
  readonly after: Json;
  readonly mind?: string;
  takeBack(object: ObjectRef, before: Json): string;
}

interface Rule {
  readonly name: string;
  readonly path: readonly string[];
  readonly mind?: string;
  readonly takeBack?: (object: ObjectRef, before: Json) => string;
}

/** What is not named here (a claimRef, a restored manifest) is the recovery itself. */
const RULES: readonly Rule[] = [
  {
    name: 'reclaim policy',
    path: ['spec', 'persistentVolumeReclaimPolicy'],
    mind: 'with Delete, the end of its claim is the end of its data: only where that is wanted',
  },
  { name: 'replicas', path: ['spec', 'replicas'], takeBack: kubectlScale },
  { name: 'suspended', path: ['spec', 'suspend'] },
  { name: 'paused', path: ['spec', 'paused'] },
  { name: 'unschedulable', path: ['spec', 'unschedulable'] },
  { name: 'access mode of the backup location', path: ['spec', 'accessMode'] },
  { name: 'sync policy', path: ['spec', 'syncPolicy'], mind: 'Argo CD will sync, and prune, by itself again' },
  { name: 'sync windows', path: ['spec', 'syncWindows'], mind: 'Argo CD will sync, and prune, by itself again' },
];

/** Switches that one Change moves. An object that the Change makes or removes as a whole is not switched. */
export function switchesOf(change: Change): readonly Switch[] {
  if (!isJsonObject(change.before) || !isJsonObject(change.after)) return [];
  return [...RULES, ...notesOf(change)].flatMap((rule): Switch[] => {
    const [before, after] = [valueAt(change.before, rule.path), valueAt(change.after, rule.path)];
    if (after === undefined && before === undefined) return [];
    const { name, path, mind } = rule;
    const takeBack = rule.takeBack ?? ((object: ObjectRef, value: Json) => kubectlPatch(object, path, value));
    return [
      { name, path, before: before ?? null, after: after ?? null, ...(mind !== undefined && { mind }), takeBack },
    ];
  });
}

/** A hold's note on its object, for those who have lost the journal; other annotations are the object's own. */
function notesOf(change: Change): Rule[] {
  const keys = [change.before, change.after].flatMap((side) => {
    const annotations = valueAt(side, ['metadata', 'annotations']);
    return isJsonObject(annotations) ? Object.keys(annotations) : [];
  });
  return [...new Set(keys)]
    .filter((key) => /^([\w-]+\.)*drctl(\.[\w-]+)*\//.test(key))
    .map((key) => ({
      name: `annotation ${key}`,
      path: ['metadata', 'annotations', key],
      takeBack: (object, before) => kubectlAnnotate(object, key, before),
    }));
}

function valueAt(value: Json, path: readonly string[]): Json | undefined {
  let at: Json | undefined = value;
  for (const part of path) at = isJsonObject(at) && Object.hasOwn(at, part) ? at[part] : undefined;
  return at;
}
