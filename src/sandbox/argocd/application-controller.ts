import { type Controller, ControllerParts } from '../controllers/context.ts';
import { isConflict } from '../controllers/failures.ts';
import { keyOf } from '../controllers/objects.ts';
import type { WorkQueue } from '../controllers/work-queue.ts';
import type { ArgoContext } from './context.ts';
import { type AppProject, type Application, APPLICATIONS, ARGOCD_NAMESPACE, PROJECTS } from './kinds.ts';
import { LiveObjects } from './live.ts';
import { pass, type PassParts } from './pass.ts';

/** A change of what it owns is looked at a moment later, with those that follow it. */
const SOON_MS = 20;

/** Argo CD's application controller: a client of the API as the real one is. It works while a pod of it is ready. */
export function applicationController(context: ArgoContext): Controller {
  const name = 'argocd-application-controller';
  const own = new ControllerParts(context, name);
  const applications = context.informers.of<Application>(APPLICATIONS);
  const live = new LiveObjects(
    context,
    () => context.installation.tracking(),
    (application) => queue.add(`${ARGOCD_NAMESPACE}/${application}`, SOON_MS),
  );
  const parts: PassParts = {
    applications,
    projects: context.informers.of<AppProject>(PROJECTS),
    live,
    sync: () => ({ client: own.client, served: context.served() }),
  };
  const queue: WorkQueue = own.queue({
    workers: 8,
    failed: (_key, error) => (isConflict(error) ? 5 : 100),
    work: async (key) => {
      if (!context.installation.runs(name)) return;
      const again = await pass(key, context, parts);
      if (again !== undefined) queue.add(key, again);
    },
  });
  live.extend();
  return {
    begin: () => {
      applications.onChange(({ after }) => after && queue.add(keyOf(after)));
      own.every(context.periods.reconcile, () => {
        live.extend();
        for (const application of applications.list(ARGOCD_NAMESPACE)) queue.add(keyOf(application));
      });
    },
    stop: () => own.stop(),
  };
}
