import { randomUUID } from 'node:crypto';
import { Repository, startArgoCd } from './argocd/index.ts';
import { auditLogOf, writeAccess } from './control/access.ts';
import type { Access } from './control/access.ts';
import { bootstrap } from './control/bootstrap.ts';
import { dataStateOf, isRetained } from './control/data-state.ts';
import { Edges, endpointNames } from './control/edges.ts';
import { nodes } from './control/place.ts';
import { People } from './control/people.ts';
import type { DataState, EndpointName } from './control/protocol.ts';
import { newSnapshot } from './control/snapshot.ts';
import type { Hold, SandboxSnapshot } from './control/snapshot.ts';
import type { Rights } from './control/users.ts';
import { startControllers } from './controllers/index.ts';
import type { Periods } from './controllers/periods.ts';
import { userAgentOf } from './controllers/program.ts';
import type { ServedResource } from './controllers/resources.ts';
import { cloudOf, snapshotterOf } from './ec2/cloud.ts';
import { Ec2Server } from './ec2/server.ts';
import type { CloudPeriods } from './ec2/state.ts';
import { CloudStore } from './ec2/store.ts';
import { Audit } from './pipeline/audit.ts';
import { Faults } from './pipeline/faults.ts';
import type { Registry } from './registry/registry.ts';
import { ApiServer } from './server/api-server.ts';
import { HttpEdge } from './server/http.ts';
import type { ApiClient, Running } from './types.ts';
import { backUpAsOf, Bucket, startVelero } from './velero/index.ts';
import { startWorkloads, type RunningWorkloads } from './workloads/index.ts';

export interface SandboxOptions {
  /** Where the kubeconfig, the AWS files and the audit log go; without it, nothing is written anywhere. */
  dir?: string;
  /** Free ones where not given. */
  ports?: Partial<SandboxPorts>;
  /** Start as an exact copy: same objects, uids, volumes, contents, certificates, users and credentials. */
  snapshot?: SandboxSnapshot;
  /** Users by name, in place of admin, operator and viewer. The first is the one of the default context and profile. */
  users?: Readonly<Record<string, Rights>>;
  periods?: { controllers?: Partial<Periods>; cloud?: Partial<CloudPeriods> };
}

/** `workloads` is where the services that run in the cluster answer. */
export type SandboxPorts = Record<EndpointName | 'workloads', number>;

/** A cluster and a cloud account in this process, in memory. Several may run side by side; nothing is shared between them. */
export class Sandbox {
  readonly faults: Faults;
  readonly audit: Audit;
  readonly kubernetes: ApiServer;
  readonly cloud: CloudStore;
  /** What Argo CD reads, where it is installed. */
  readonly repository: Repository;
  /** Where Velero keeps its backups, where it is installed. */
  readonly bucket: Bucket;
  readonly #people: People;
  readonly #edges: Edges;
  readonly #holds: Map<string, Hold>;
  readonly #origin: SandboxSnapshot;
  readonly #dir: string | undefined;
  #controllers: Running | undefined;
  #workloads: RunningWorkloads | undefined;
  /** Argo CD and Velero: idle until they are installed. */
  #installed: Running[] = [];
  #closing: Promise<void> | undefined;

  /** Ready when it resolves: both endpoints answer, all controllers have begun, the files are written. */
  static async start(options: SandboxOptions = {}): Promise<Sandbox> {
    const origin = options.snapshot ?? (await newSnapshot(options.users));
    const audit = new Audit(options.dir === undefined ? undefined : auditLogOf(options.dir));
    const faults = new Faults();
    const kubernetes = await ApiServer.start({
      port: 'none',
      users: origin.users.map((user) => user.kubernetes),
      faults,
      audit,
      ...(origin.kubernetes && { snapshot: origin.kubernetes }),
    });
    const cloud = new CloudStore(structuredClone(origin.cloud), { periods: options.periods?.cloud ?? {} });
    const people = new People(kubernetes.users, origin);
    const edges = await Edges.open(
      {
        kubernetes: (port) => HttpEdge.listen(kubernetes.pipeline, { port, tls: origin.certificates }),
        aws: (port) => Ec2Server.start({ store: cloud, principals: people.principals, audit, faults, port }),
      },
      options.ports ?? {},
    );
    const sandbox = new Sandbox({ kubernetes, cloud, people, edges, origin, dir: options.dir });
    try {
      if (!origin.kubernetes) await bootstrap(sandbox.api('sandbox-bootstrap'));
      await sandbox.#run(options);
      sandbox.#writeAccess();
    } catch (error) {
      await sandbox.close();
      throw error;
    }
    return sandbox;
  }

  private constructor(parts: {
    kubernetes: ApiServer;
    cloud: CloudStore;
    people: People;
    edges: Edges;
    origin: SandboxSnapshot;
    dir: string | undefined;
  }) {
    this.kubernetes = parts.kubernetes;
    this.faults = parts.kubernetes.faults;
    this.audit = parts.kubernetes.audit;
    this.cloud = parts.cloud;
    this.#people = parts.people;
    this.#edges = parts.edges;
    this.#origin = parts.origin;
    this.#dir = parts.dir;
    this.repository = new Repository(parts.origin.repository);
    this.bucket = new Bucket(parts.origin.bucket);
    this.#holds = new Map(parts.origin.holds.map((hold) => [hold.volume, hold]));
  }

  /** How clients reach it, and as whom. */
  get access(): Access {
    return {
      kubernetes: this.#edges.url('kubernetes'),
      aws: this.#edges.url('aws'),
      ca: this.#origin.certificates.ca,
      users: this.#people.access(),
    };
  }

  /** The uid of kube-system, which stands for the identity of the cluster. */
  get identity(): string {
    return this.kubernetes.store.get('namespaces', 'kube-system')?.metadata.uid ?? '';
  }

  get ports(): SandboxPorts {
    return { ...this.#edges.ports(), workloads: Number(new URL(this.#workloads?.url ?? '').port) };
  }

  /** A client in this process that may everything and is audited under its name. */
  api(name: string): ApiClient {
    return this.kubernetes.client(name);
  }

  /** The state of this moment. Cheap: objects are shared, only the cloud is copied. Faults and outages stay behind. */
  snapshot(): SandboxSnapshot {
    return {
      ...this.#origin,
      ...this.#people.dump(),
      kubernetes: this.kubernetes.snapshot(),
      cloud: this.cloud.dump(),
      holds: [...this.#holds.values()],
      repository: this.repository.dump(),
      bucket: this.bucket.dump(),
    };
  }

  data(): DataState {
    return dataStateOf(this.kubernetes.store, this.cloud);
  }

  expireCredentials(user: string): void {
    this.#people.expire(user);
  }

  /** Also writes the files anew, where there are files. */
  renewCredentials(user: string): void {
    this.#people.renew(user);
    this.#writeAccess();
  }

  /** Sets the EC2 actions that a user may, or may not, call. */
  setRights(user: string, rights: { allow?: string[]; deny?: string[] }): void {
    this.#people.principals.permit(user, rights);
  }

  /** Becomes another cluster at the same address with the same names: kube-system has a new uid, which is returned. */
  changeIdentity(): string {
    const { store } = this.kubernetes;
    const namespace = store.get('namespaces', 'kube-system');
    if (!namespace)
      throw new Error(
        'The sandbox has no namespace kube-system: somebody deleted it, so it has no identity to change.',
      );
    const uid = randomUUID();
    store.put('namespaces', 'kube-system', { ...namespace, metadata: { ...namespace.metadata, uid } });
    return uid;
  }

  /** While out, connections are refused and open ones are cut. The controllers inside go on. */
  async setOutage(on: boolean, endpoints: readonly EndpointName[] = endpointNames): Promise<void> {
    for (const name of endpoints) await (on ? this.#edges.interrupt(name) : this.#edges.restore(name));
  }

  /** The PersistentVolume's disk cannot be detached, as with a busy device, until released. */
  holdDetach(hold: Hold): void {
    this.#holds.set(hold.volume, hold);
  }

  releaseDetach(volume?: string): void {
    if (volume === undefined) this.#holds.clear();
    else this.#holds.delete(volume);
  }

  /** A Velero backup of a schedule as if its hour had come at that time; the answer is its name. */
  backUp(schedule: string, at: Date): Promise<string> {
    return backUpAsOf(schedule, at, this.#velero());
  }

  /** Ends listeners, controllers and connections; files stay. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#edges.close();
    await Promise.all(this.#installed.map((one) => one.stop()));
    await this.#workloads?.stop();
    await this.#controllers?.stop();
    await this.kubernetes.close();
  }

  /** Nodes register once: a copy has them already, and nothing of it may be written anew. */
  async #run({ periods, ports }: SandboxOptions): Promise<void> {
    const api = (name: string): ApiClient => this.api(name);
    const cloud = cloudOf(this.cloud);
    const served = (): ServedResource[] => this.#served();
    this.#controllers = await startControllers({
      api: (name) => api(userAgentOf(name)),
      cloud,
      periods: periods?.controllers ?? {},
      nodes: this.#origin.kubernetes ? [] : nodes,
      holdDetach: (volume) => this.#isHeld(volume),
      served,
      caCertificate: this.#origin.certificates.ca,
      signToken: (claims) => this.kubernetes.users.sign(claims),
    });
    const workloads = await startWorkloads({ api, cloud, port: ports?.workloads ?? 0 });
    this.#workloads = workloads;
    this.kubernetes.runInPodsBy((namespace, pod, argv) => workloads.run(`${namespace}/${pod}`, argv));
    this.kubernetes.askInsideBy(workloads.ask);
    this.#installed = [
      await startArgoCd({ api, served, repository: this.repository }),
      await startVelero(this.#velero()),
    ];
  }

  #served(): ServedResource[] {
    return servedBy(this.kubernetes.registry);
  }

  #velero() {
    return {
      api: (name: string): ApiClient => this.api(name),
      served: (): ServedResource[] => this.#served(),
      bucket: this.bucket,
      snapshotter: snapshotterOf(this.cloud),
    };
  }

  #isHeld(volume: string): boolean {
    const hold = this.#holds.get(volume);
    if (hold?.until === undefined || !isRetained(this.kubernetes.store.get('persistentvolumes', volume)))
      return hold !== undefined;
    this.#holds.delete(volume);
    return false;
  }

  #writeAccess(): void {
    if (this.#dir !== undefined) writeAccess(this.#dir, this.access);
  }
}

/** What the namespace controller empties a namespace of: whatever is served now and can be listed and deleted. */
function servedBy(registry: Registry): ServedResource[] {
  return registry
    .all()
    .filter(({ verbs }) => verbs.includes('list') && verbs.includes('delete'))
    .map(({ group, version, resource, kind, namespaced }) => ({
      resource: { group, version, resource },
      kind,
      namespaced,
    }));
}
