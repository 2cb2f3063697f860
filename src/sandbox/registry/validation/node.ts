import type { KubeObject } from '../../types.ts';
import { listAt, textAt } from '../fields.ts';
import type { Fields } from '../fields.ts';
import type { Cause } from '../status.ts';
import { duplicate, required, unsupported, wrong } from './causes.ts';
import { labelValue, qualifiedNames } from './names.ts';

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** Only the taints. A real server calls them `metadata.taints`, though they stand in the spec. */
export function validateNode(object: KubeObject): Cause[] {
  const known = new Set<string>();
  return listAt(object, 'spec', 'taints').flatMap((taint, index) => {
    const field = `metadata.taints[${index}]`;
    const id = `${textAt(taint, 'effect')} ${textAt(taint, 'key')}`;
    const isRepeated = known.has(id);
    known.add(id);
    return [...taintCauses(taint, field), ...(isRepeated ? [repeated(taint, field)] : [])];
  });
}

function taintCauses(taint: Fields, field: string): Cause[] {
  const [key, value, effect] = ['key', 'value', 'effect'].map((name) => textAt(taint, name)) as [
    string,
    string,
    string,
  ];
  const message = labelValue(value);
  return [
    ...qualifiedNames(key).map((each) => wrong(`${field}.key`, key, each)),
    ...(message === undefined ? [] : [wrong(`${field}.value`, value, message)]),
    ...(effect === '' ? [required(`${field}.effect`)] : []),
    ...(effect === '' || effects.includes(effect) ? [] : [unsupported(`${field}.effect`, effect, effects)]),
  ];
}

function repeated(taint: Fields, field: string): Cause {
  const cause = duplicate(field, taint);
  return { ...cause, message: `${cause.message}: taints must be unique by key and effect pair` };
}
