import { isDeepStrictEqual } from 'node:util';
import { type Controller, ControllerParts } from '../controllers/context.ts';
import { isConflict } from '../controllers/failures.ts';
import { controllerUids, draftOf, isTerminating, keyOf, nameOf, ownedBy, uidOf } from '../controllers/objects.ts';
import type { WorkQueue } from '../controllers/work-queue.ts';
import type { Json, JsonObject } from '../types.ts';
import type { ArgoContext } from './context.ts';
import {
  type Application,
  APPLICATION_SETS,
  APPLICATIONS,
  type ApplicationSet,
  type ApplicationSpec,
  ARGOCD_NAMESPACE,
  REFRESH,
  RESOURCES_FINALIZER,
} from './kinds.ts';

const NAME = 'argocd-applicationset-controller';

/** What it leaves alone on its Applications; everything else it writes as its template says, at each look. */
const PRESERVED = [REFRESH, 'notifications.argoproj.io', 'argocd.argoproj.io/hydrate'];

/** The ApplicationSet controller, with list generators: edits of what it made are undone (recovery-facts B1, trap 18). */
export function applicationSetController(context: ArgoContext): Controller {
  const own = new ControllerParts(context, NAME);
  const sets = context.informers.of<ApplicationSet>(APPLICATION_SETS);
  const applications = context.informers.of<Application>(APPLICATIONS);
  const madeBy = applications.index('application-set', controllerUids);
  const queue: WorkQueue = own.queue({
    failed: (_key, error) => (isConflict(error) ? 5 : 100),
    work: async (key) => {
      const set = sets.byKey(key);
      if (set === undefined || isTerminating(set) || !context.installation.runs(NAME)) return;
      await reconcile(set);
    },
  });

  async function reconcile(set: ApplicationSet): Promise<void> {
    const wanted = wantedOf(set);
    const policy = set.spec.syncPolicy?.applicationsSync ?? 'sync';
    for (const application of wanted) {
      const live = applications.get(nameOf(application), ARGOCD_NAMESPACE);
      if (live === undefined) await own.client.create(APPLICATIONS, application);
      else if (policy !== 'create-only' && policy !== 'create-delete') await restore(live, application);
    }
    if (policy === 'create-only' || policy === 'create-update') return;
    const kept = new Set(wanted.map(nameOf));
    for (const application of madeBy(uidOf(set)))
      if (!kept.has(nameOf(application)) && !isTerminating(application))
        await own.client.delete(APPLICATIONS, nameOf(application), ARGOCD_NAMESPACE);
  }

  async function restore(live: Application, wanted: Application): Promise<void> {
    const draft = draftOf(live);
    draft.spec = wanted.spec;
    draft.metadata.labels = wanted.metadata.labels ?? {};
    draft.metadata.annotations = { ...preserved(live), ...wanted.metadata.annotations };
    draft.metadata.finalizers = wanted.metadata.finalizers ?? [];
    if (!isSame(draft, live)) await own.client.update(APPLICATIONS, draft);
  }

  return {
    begin: () => {
      sets.onChange(({ after }) => after && queue.add(keyOf(after)));
      applications.onChange(({ before, after }) => {
        for (const uid of controllerUids(after ?? before ?? { apiVersion: '', kind: '', metadata: {} }))
          for (const set of sets.list().filter((one) => uidOf(one) === uid)) queue.add(keyOf(set), 20);
      });
      own.every(context.periods.reconcile, () => {
        for (const set of sets.list(ARGOCD_NAMESPACE)) queue.add(keyOf(set));
      });
    },
    stop: () => own.stop(),
  };
}

function wantedOf(set: ApplicationSet): Application[] {
  const elements = set.spec.generators.flatMap(({ list }) => list?.elements ?? []);
  return elements.map((values) => {
    const { metadata, spec } = filled(set.spec.template, values) as { metadata: JsonObject; spec: JsonObject };
    const finalizers = set.spec.syncPolicy?.preserveResourcesOnDeletion === true ? [] : [RESOURCES_FINALIZER];
    return {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { finalizers, ...metadata, namespace: ARGOCD_NAMESPACE, ownerReferences: [ownedBy(set)] },
      spec: spec as unknown as ApplicationSpec,
    };
  });
}

/** `{{name}}` and `{{.name}}` in every text of the template. */
function filled(template: Json, values: JsonObject): Json {
  if (typeof template === 'string')
    return template.replaceAll(/\{\{\s*\.?(\w+)\s*\}\}/g, (whole, name: string) => {
      const value = values[name];
      return typeof value === 'string' || typeof value === 'number' ? String(value) : whole;
    });
  if (Array.isArray(template)) return template.map((one) => filled(one, values));
  if (typeof template === 'object' && template !== null)
    return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, filled(value, values)]));
  return template;
}

function preserved({ metadata }: Application): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata.annotations ?? {}).filter(([key]) => PRESERVED.some((start) => key.startsWith(start))),
  );
}

function isSame(a: Application, b: Application): boolean {
  const part = ({ spec, metadata: { labels = {}, annotations = {}, finalizers = [] } }: Application) => ({
    spec,
    labels,
    annotations,
    finalizers,
  });
  return isDeepStrictEqual(part(a), part(b));
}
