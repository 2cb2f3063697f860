import type { ControllerContext } from '../controllers/context.ts';
import type { Installation } from './installation.ts';
import type { Repository } from './repository.ts';

/** Milliseconds; in brackets what they are in life. */
export interface ArgoPeriods {
  /** Between two looks at everything [3 minutes]. */
  readonly reconcile: number;
  /** From the end of a sync to the next that mends a drift [5 seconds]. */
  readonly selfHeal: number;
  /** Between two attempts of an operation [5 seconds, doubling]. */
  readonly retry: number;
  /** Between two passes of a cascading deletion [some seconds]. */
  readonly deletion: number;
}

export const ARGO_PERIODS: ArgoPeriods = { reconcile: 1_000, selfHeal: 300, retry: 300, deletion: 100 };

export interface ArgoContext extends Pick<ControllerContext, 'api' | 'informers' | 'now' | 'served'> {
  readonly repository: Repository;
  readonly installation: Installation;
  readonly periods: ArgoPeriods;
}
