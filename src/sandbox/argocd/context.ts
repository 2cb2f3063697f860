import type { ControllerContext } from '../controllers/context.ts';
import type { Installation } from './installation.ts';
import type { Repository } from './repository.ts';

/** Milliseconds; in brackets what they are in life. */
export interface ArgoPeriods {
  /** Between two looks at everything [3 minutes]. */
  readonly reconcile: number;
  /** Between the first two syncs in a row that mend a drift [2 seconds]; three times as long before each one after it. */
  readonly selfHeal: number;
  /** The longest that self-heal waits [5 minutes]. */
  readonly selfHealMost: number;
  /** Between two attempts of an operation [5 seconds, doubling]. */
  readonly retry: number;
  /** Between two passes of a cascading deletion [some seconds]. */
  readonly deletion: number;
}

export const ARGO_PERIODS: ArgoPeriods = {
  reconcile: 1_000,
  selfHeal: 120,
  selfHealMost: 15_000,
  retry: 300,
  deletion: 100,
};

export interface ArgoContext extends Pick<ControllerContext, 'api' | 'informers' | 'now' | 'served'> {
  readonly repository: Repository;
  readonly installation: Installation;
  readonly periods: ArgoPeriods;
}
