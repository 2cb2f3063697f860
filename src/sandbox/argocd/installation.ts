import type { Informers } from '../controllers/informers.ts';
import type { Pod } from '../controllers/kinds.ts';
import { isTerminating } from '../controllers/objects.ts';
import { ARGOCD_NAMESPACE } from './kinds.ts';
import type { TrackingMethod } from './tracking.ts';

export type Component = 'argocd-application-controller' | 'argocd-applicationset-controller';

/** What of Argo CD is installed and runs, read from its own objects in its namespace: scaled to nothing, it does nothing. */
export class Installation {
  readonly #informers: Informers;

  constructor(informers: Informers) {
    this.#informers = informers;
    void informers.pods;
    void informers.configMaps;
  }

  /** A ready pod of the component is there. */
  runs(component: Component): boolean {
    return this.#pods(component).some(
      (pod) =>
        !isTerminating(pod) &&
        pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true,
    );
  }

  /** By the ConfigMap where it says; else by label before 3.0 and by annotation from then on. */
  tracking(): TrackingMethod {
    const settings = this.#informers.configMaps.get('argocd-cm', ARGOCD_NAMESPACE)?.['data'] as
      Record<string, string> | undefined;
    const said = settings?.['application.resourceTrackingMethod'];
    if (said !== undefined) return said === 'label' ? 'label' : 'annotation';
    return this.#majorVersion() < 3 ? 'label' : 'annotation';
  }

  #majorVersion(): number {
    const image = this.#pods('argocd-application-controller')[0]?.spec.containers[0]?.image ?? '';
    return Number(/:v?(\d+)\./.exec(image)?.[1] ?? 3);
  }

  #pods(component: Component): Pod[] {
    return this.#informers.pods
      .list(ARGOCD_NAMESPACE)
      .filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/name'] === component);
  }
}
