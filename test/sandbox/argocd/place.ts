import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import { Sandbox } from '../../../src/sandbox/sandbox.ts';
import type { Application } from '../../../src/sandbox/argocd/kinds.ts';
import { APPLICATIONS } from '../../../src/sandbox/argocd/kinds.ts';
import type { ApiClient, Json, KubeObject, ResourceName } from '../../../src/sandbox/types.ts';

const SCENARIOS = new URL('../../../runbooks/scenarios/', import.meta.url);

const KINDS: Readonly<Record<string, ResourceName>> = {
  Namespace: core('namespaces'),
  ConfigMap: core('configmaps'),
  PersistentVolumeClaim: core('persistentvolumeclaims'),
  StatefulSet: { group: 'apps', version: 'v1', resource: 'statefulsets' },
  Deployment: { group: 'apps', version: 'v1', resource: 'deployments' },
  AppProject: argoproj('appprojects'),
  Application: argoproj('applications'),
  ApplicationSet: argoproj('applicationsets'),
  CustomResourceDefinition: {
    group: 'apiextensions.k8s.io',
    version: 'v1',
    resource: 'customresourcedefinitions',
  },
};

/** A sandbox with Argo CD of a version in it, and a repository to commit to. */
export class Place {
  readonly sandbox: Sandbox;
  readonly api: ApiClient;

  static async open(version: '2.13.9' | '3.5.7' = '3.5.7'): Promise<Place> {
    return Place.install(await Sandbox.start(), version);
  }

  /** Argo CD into a sandbox that runs already. */
  static async install(sandbox: Sandbox, version: '2.13.9' | '3.5.7' = '3.5.7'): Promise<Place> {
    const place = new Place(sandbox);
    const crds = new URL(`crds/argocd-${version}/`, SCENARIOS);
    for (const name of readdirSync(crds)) await place.apply(readFileSync(new URL(name, crds), 'utf8'));
    const install = readFileSync(new URL('argocd-deleted-stateful-app/argocd/install.yaml', SCENARIOS), 'utf8');
    await place.apply(install.replaceAll('v3.5.7', `v${version}`));
    return place;
  }

  private constructor(sandbox: Sandbox) {
    this.sandbox = sandbox;
    this.api = sandbox.api('team');
  }

  async apply(text: string): Promise<void> {
    for (const document of parseAllDocuments(text)) {
      const object = document.toJS() as KubeObject;
      const { name = '', namespace } = object.metadata;
      const body = object as unknown as Json;
      await this.api.patch(resource(object.kind), name, namespace, 'apply', body, {
        fieldManager: 'team',
        force: true,
      });
    }
  }

  commit(files: Record<string, string>): string {
    return this.sandbox.repository.commit('a change', files);
  }

  async application(name: string): Promise<Application | undefined> {
    const { items } = await this.api.list(APPLICATIONS, { namespace: 'argocd' });
    return items.find(({ metadata }) => metadata.name === name) as Application | undefined;
  }

  async names(kind: string, namespace?: string): Promise<string[]> {
    const { items } = await this.api.list(resource(kind), namespace === undefined ? {} : { namespace });
    return items.map(({ metadata }) => metadata.name ?? '').toSorted();
  }

  async edit(name: string, patch: Json): Promise<void> {
    await this.api.patch(APPLICATIONS, name, 'argocd', 'merge', patch);
  }

  close(): Promise<void> {
    return this.sandbox.close();
  }
}

function resource(kind: string): ResourceName {
  const found = KINDS[kind];
  if (!found) throw new Error(`the tests do not know ${kind}`);
  return found;
}

export async function until(what: string, look: () => Promise<boolean>, within = 20_000): Promise<void> {
  const deadline = performance.now() + within;
  while (!(await look())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${within} ms`);
    await sleep(30);
  }
}

export interface Wishes {
  path: string;
  namespace?: string;
  syncPolicy?: Json;
  finalizer?: boolean;
}

export function application(name: string, { path, namespace = 'shop', syncPolicy, finalizer }: Wishes): string {
  return JSON.stringify({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      name,
      namespace: 'argocd',
      ...(finalizer === true && { finalizers: ['resources-finalizer.argocd.argoproj.io'] }),
    },
    spec: {
      project: 'default',
      source: { repoURL: 'https://git.example/deployments', path },
      destination: { server: 'https://kubernetes.default.svc', namespace },
      ...(syncPolicy !== undefined && { syncPolicy }),
    },
  });
}

export function config(name: string, data: Record<string, string> = {}): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
}

export const AUTO = { automated: { prune: true, selfHeal: true }, syncOptions: ['CreateNamespace=true'] };

function core(name: string): ResourceName {
  return { group: '', version: 'v1', resource: name };
}

function argoproj(name: string): ResourceName {
  return { group: 'argoproj.io', version: 'v1alpha1', resource: name };
}
