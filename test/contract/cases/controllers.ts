import type { ContractArea } from '../case.ts';
import { binding } from './controllers-binding.ts';
import { deployments } from './controllers-deployments.ts';
import { collecting, ending, protecting } from './controllers-lifetime.ts';
import { losing } from './controllers-lost.ts';
import { releasing } from './controllers-releasing.ts';
import { sets } from './controllers-sets.ts';
import { reviews } from './identity-rights.ts';
import { tokens } from './identity-tokens.ts';
import { cloudErrors } from './ec2-errors.ts';
import { cloudWork } from './ec2.ts';
import { kubectlScripts } from './kubectl.ts';

/** What controllers do. Their cases mostly wait, and a real binder's resync takes 15 s: many at once. */
export const controllers: readonly ContractArea[] = [
  { area: 'binding', atOnce: 40, cases: binding },
  { area: 'releasing', atOnce: 40, cases: releasing },
  { area: 'losing', atOnce: 40, cases: losing },
  { area: 'collecting', atOnce: 40, cases: collecting },
  { area: 'protecting', atOnce: 40, cases: protecting },
  { area: 'ending', atOnce: 40, cases: ending },
  { area: 'stateful sets', atOnce: 40, cases: sets },
  { area: 'deployments', atOnce: 40, cases: deployments },
  { area: 'tokens', atOnce: 40, cases: tokens },
  { area: 'rights', atOnce: 40, cases: reviews },
  { area: 'cloud errors', cases: cloudErrors },
  { area: 'cloud', cases: cloudWork },
  { area: 'kubectl', atOnce: 3, cases: kubectlScripts },
];
