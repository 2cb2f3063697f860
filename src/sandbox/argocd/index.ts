import { Informers } from '../controllers/informers.ts';
import type { ServedResource } from '../controllers/resources.ts';
import type { ApiClient, Running } from '../types.ts';
import { applicationController } from './application-controller.ts';
import { applicationSetController } from './application-sets.ts';
import { ARGO_PERIODS, type ArgoPeriods } from './context.ts';
import { Installation } from './installation.ts';
import type { Repository } from './repository.ts';

export { type Commit, Repository } from './repository.ts';

export interface ArgoOptions {
  api: (name: string) => ApiClient;
  /** What its Applications have as source, whatever their repoURL says. */
  repository: Repository;
  served: () => readonly ServedResource[];
  clock?: () => Date;
  periods?: Partial<ArgoPeriods>;
}

/**
 * Argo CD, as far as a disaster and its recovery see it: two controllers that are clients of the API, so that they can be
 * pointed at any. They work while their pods are ready in namespace argocd, in the version that those pods' images name.
 */
export async function startArgoCd(options: ArgoOptions): Promise<Running> {
  const abort = new AbortController();
  const informers = new Informers(options.api('argocd-application-controller'), abort.signal);
  void informers.statefulSets;
  const context = {
    api: options.api,
    informers,
    now: options.clock ?? (() => new Date()),
    served: options.served,
    repository: options.repository,
    installation: new Installation(informers),
    periods: { ...ARGO_PERIODS, ...options.periods },
  };
  const controllers = [applicationController(context), applicationSetController(context)];
  await informers.ready();
  for (const controller of controllers) controller.begin();
  return {
    stop: async () => {
      await Promise.all(controllers.map((controller) => controller.stop()));
      abort.abort();
      await informers.stopped();
    },
  };
}
