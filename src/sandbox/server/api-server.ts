import { randomBytes, randomUUID } from 'node:crypto';
import { InProcessClient } from '../client.ts';
import { Schemas } from '../patch/index.ts';
import { Audit } from '../pipeline/audit.ts';
import type { ApiContext, RunInPod } from '../pipeline/context.ts';
import type { AskInside } from '../pipeline/proxy.ts';
import { timestamp } from '../pipeline/context.ts';
import { Faults } from '../pipeline/faults.ts';
import { Pipeline } from '../pipeline/pipeline.ts';
import type { Identity } from '../pipeline/request.ts';
import { UserDirectory } from '../pipeline/users.ts';
import type { UserSpec } from '../pipeline/users.ts';
import { followDefinitions } from '../registry/definitions.ts';
import { Registry } from '../registry/registry.ts';
import { Store } from '../store/store.ts';
import type { StoreSnapshot } from '../store/store.ts';
import type { ApiClient, KubeObject } from '../types.ts';
import { HttpEdge } from './http.ts';
import { kubeconfigOf } from './kubeconfig.ts';

export interface ApiServerOptions {
  /** 0 takes a free one; 'none' serves in-process clients only. Default 0. */
  port?: number | 'none';
  /** With certificates the server speaks TLS, which kubectl needs to send a token at all. */
  certificates?: { ca: string; cert: string; key: string };
  /** Default: one user `admin` in system:masters with a random token. */
  users?: UserSpec[];
  /** Audit lines are appended to this file. */
  auditFile?: string;
  /** Another endpoint may share the sandbox's faults and audit. */
  faults?: Faults;
  audit?: Audit;
  now?: () => number;
  /** Start as a copy of another server. */
  snapshot?: StoreSnapshot;
  /** Past changes kept for watches and old lists. Default 10,000. */
  window?: number;
  /** Milliseconds between the bookmarks of a watch. Default: a minute, as a real server. */
  bookmarkEvery?: number;
  /** Name of the cluster and context in kubeconfigs. Default `sandbox`. */
  name?: string;
}

/** The simulated kube-apiserver: a store, a pipeline, and a socket unless nobody needs one. */
export class ApiServer {
  readonly store: Store;
  readonly faults: Faults;
  readonly audit: Audit;
  readonly users: UserDirectory;
  readonly registry: Registry;
  readonly pipeline: Pipeline;
  readonly #api: ApiContext;
  readonly #options: ApiServerOptions;
  #edge: HttpEdge | undefined;

  private constructor(options: ApiServerOptions) {
    this.#options = options;
    const now = options.now ?? (() => Date.now());
    this.store = new Store({
      ...(options.window !== undefined && { window: options.window }),
      ...(options.snapshot && { from: options.snapshot }),
    });
    this.faults = options.faults ?? new Faults();
    this.audit = options.audit ?? new Audit(options.auditFile);
    this.users = new UserDirectory(this.store, options.users ?? [defaultUser()], now);
    this.registry = new Registry();
    const schemas = Schemas.load();
    followDefinitions(this.store, this.registry, schemas);
    const api: ApiContext = {
      store: this.store,
      registry: this.registry,
      schemas,
      now,
      newUid: randomUUID,
      bookmarkEvery: options.bookmarkEvery ?? 60_000,
      users: this.users,
    };
    this.#api = api;
    this.pipeline = new Pipeline(api, { faults: this.faults, audit: this.audit });
    if (!options.snapshot) seed(this.store, now());
  }

  static async start(options: ApiServerOptions = {}): Promise<ApiServer> {
    const server = new ApiServer(options);
    const { port = 0, certificates } = options;
    if (port !== 'none') {
      server.#edge = await HttpEdge.listen(server.pipeline, { port, ...(certificates && { tls: certificates }) });
    }
    return server;
  }

  get url(): string {
    if (!this.#edge) throw new Error('this sandbox API server has no socket: it was started with port "none"');
    return this.#edge.url;
  }

  /** A kubeconfig for one of the users, as YAML. */
  kubeconfig(user = 'admin'): string {
    const ca = this.#options.certificates?.ca;
    const name = this.#options.name ?? 'sandbox';
    return kubeconfigOf({ url: this.url, user, token: this.token(user), name, ...(ca !== undefined && { ca }) });
  }

  token(user = 'admin'): string {
    const spec = this.users.find(user);
    if (!spec) throw new Error(`the sandbox has no user ${user}`);
    return spec.token;
  }

  /** A client in this process; audited under its name, allowed everything unless an identity is given. */
  client(name = 'sandbox', identity: Identity = controllerIdentity(name)): ApiClient {
    return new InProcessClient(this.pipeline, name, identity);
  }

  /** From now on commands can be run in pods, by this. */
  runInPodsBy(run: RunInPod): void {
    this.#api.runInPod = run;
  }

  /** From now on pods and Services answer through the API server, by this. */
  askInsideBy(ask: AskInside): void {
    this.#api.askInside = ask;
  }

  snapshot(): StoreSnapshot {
    return this.store.snapshot();
  }

  async close(): Promise<void> {
    await this.#edge?.close();
  }
}

function defaultUser(): UserSpec {
  return { name: 'admin', token: randomBytes(16).toString('hex'), groups: ['system:masters'] };
}

function controllerIdentity(name: string): Identity {
  return { username: name, groups: ['system:masters', 'system:authenticated'] };
}

/** What every cluster begins with: its namespaces. The uid of kube-system is the identity of the cluster. */
function seed(store: Store, now: number): void {
  for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system']) {
    const namespace: KubeObject = {
      kind: 'Namespace',
      apiVersion: 'v1',
      metadata: {
        name,
        uid: randomUUID(),
        creationTimestamp: timestamp(now),
        labels: { 'kubernetes.io/metadata.name': name },
      },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    };
    store.put('namespaces', name, namespace);
  }
}
