import type { ContractArea } from '../case.ts';
import { binding } from './controllers-binding.ts';

/** What controllers do. Their cases mostly wait, and a real binder's resync takes 15 s: many at once. */
export const controllers: readonly ContractArea[] = [{ area: 'binding', atOnce: 40, cases: binding }];
