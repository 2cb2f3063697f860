import type { Target } from '../model/target.ts';
import { isRemote, stateDirectory } from './places.ts';

/** Said at the head of a plan and a run on production whose record would be on this machine only. */
export function localStateWarning(target: Pick<Target, 'class'>, state: string | undefined): string | undefined {
  const place = stateDirectory(state);
  if (target.class !== 'production' || isRemote(place)) return undefined;
  return (
    `this run would be kept in ${place}, on this machine only: if it is lost nobody else can resume, ` +
    'and a run from another machine is not kept apart (--state s3://bucket/prefix)'
  );
}
