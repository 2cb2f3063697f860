import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { LOCATIONS } from '../../../src/sandbox/velero/kinds.ts';
import type { ApiClient, Json, KubeObject, ResourceName } from '../../../src/sandbox/types.ts';

const SCENARIOS = new URL('../../../runbooks/scenarios/', import.meta.url);
export const core = (resource: string): ResourceName => ({ group: '', version: 'v1', resource });
const KINDS: Readonly<Record<string, ResourceName>> = {
  Namespace: core('namespaces'),
  ConfigMap: core('configmaps'),
  PersistentVolumeClaim: core('persistentvolumeclaims'),
  StorageClass: { group: 'storage.k8s.io', version: 'v1', resource: 'storageclasses' },
  Deployment: { group: 'apps', version: 'v1', resource: 'deployments' },
  BackupStorageLocation: LOCATIONS,
  Schedule: { group: 'velero.io', version: 'v1', resource: 'schedules' },
  CustomResourceDefinition: { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' },
};

/** A sandbox with Velero in it, an hourly schedule of namespace shop, and a ConfigMap there. */
export class VeleroPlace {
  readonly sandbox: Sandbox;
  readonly api: ApiClient;

  static async install(sandbox: Sandbox): Promise<VeleroPlace> {
    const place = new VeleroPlace(sandbox);
    const crds = new URL('crds/velero-1.18.3/', SCENARIOS);
    for (const name of readdirSync(crds)) await place.apply(readFileSync(new URL(name, crds), 'utf8'));
    await place.apply(readFileSync(new URL('argocd-deleted-stateful-app/velero/install.yaml', SCENARIOS), 'utf8'));
    await place.apply(`
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: gp3-now}
provisioner: ebs.csi.aws.com
volumeBindingMode: Immediate
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {x: "1"}
`);
    const schedules = { group: 'velero.io', version: 'v1', resource: 'schedules' };
    const ofShop = { spec: { template: { includedNamespaces: ['shop'] } } };
    await place.api.patch(schedules, 'hourly', 'velero', 'merge', ofShop);
    await until('the location to be available', async () => {
      const { items } = await place.api.list(LOCATIONS);
      return (items[0]?.['status'] as { phase?: string } | undefined)?.phase === 'Available';
    });
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
      const resource = KINDS[object.kind];
      if (!resource) throw new Error(object.kind);
      const body = object as unknown as Json;
      await this.api.patch(resource, name, namespace, 'apply', body, { fieldManager: 'team', force: true });
    }
  }

  async deleteShop(): Promise<void> {
    await this.api.delete(core('namespaces'), 'shop');
    await until(
      'shop to be gone',
      async () => !(await this.api.list(core('namespaces'))).items.some((one) => one.metadata.name === 'shop'),
    );
  }

  /** A backup of the schedule from that time, known in the cluster. */
  async backUp(at: string): Promise<string> {
    const name = await this.sandbox.backUp('hourly', new Date(at));
    const backups = { group: 'velero.io', version: 'v1', resource: 'backups' };
    await until(`backup ${name} to be known`, () => this.api.get(backups, name, 'velero'));
    return name;
  }
}

export async function until<T>(what: string, look: () => Promise<T | undefined | false>, within = 20_000): Promise<T> {
  const deadline = performance.now() + within;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${within} ms`);
    await sleep(30);
  }
}
