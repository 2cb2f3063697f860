import type { Ec2Action } from './action.ts';
import { placeActions } from './actions/places.ts';
import { snapshotActions } from './actions/snapshots.ts';
import { tagActions } from './actions/tags.ts';
import { volumeActions } from './actions/volumes.ts';

/** All that the sandbox's EC2 can do. Any other name is answered with 501. */
export const ec2Actions: Readonly<Record<string, Ec2Action>> = {
  ...volumeActions,
  ...snapshotActions,
  ...tagActions,
  ...placeActions,
};
