import type { ContractArea } from '../case.ts';
import { objects } from './api-objects.ts';

/** Every case there is, by area. A file of cases that is not here is not run. */
export const areas: readonly ContractArea[] = [{ area: 'objects', cases: objects }];
