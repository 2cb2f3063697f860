import { createHmac, randomBytes } from 'node:crypto';
import type { ApiClient, Cloud, JsonObject, Running } from '../types.ts';
import { deploymentController } from './apps/deployments.ts';
import { replicaSetController } from './apps/replica-sets.ts';
import { statefulSetController } from './apps/stateful-sets.ts';
import { persistentVolumeBinder } from './binder/binder.ts';
import { garbageCollector } from './cluster/garbage-collector.ts';
import { kubelet } from './cluster/kubelet.ts';
import { namespaceDefaults } from './cluster/namespace-defaults.ts';
import { namespaceController } from './cluster/namespaces.ts';
import { type NodeSpec, registerNodes } from './cluster/nodes.ts';
import { scheduler } from './cluster/scheduler.ts';
import { tokenController } from './cluster/token-secrets.ts';
import type { Controller, ControllerContext } from './context.ts';
import { Informers } from './informers.ts';
import { type Periods, periodsOf } from './periods.ts';
import { SERVED_BY_DEFAULT, type ServedResource } from './resources.ts';
import { attachDetachController } from './storage/attach-detach.ts';
import { ebsAttacher } from './storage/attacher.ts';
import { claimProtection, volumeProtection } from './storage/protection.ts';
import { ebsProvisioner } from './storage/provisioner.ts';

export interface ControllerOptions {
  /** A client for the controller of this name; `userAgentOf` tells what it calls itself. All reads go through `kube-controller-manager`. */
  api: (name: string) => ApiClient;
  cloud: Cloud;
  clock?: () => Date;
  periods?: Partial<Periods>;
  /** While this answers true for a PersistentVolume's name, its detach fails as busy. Asked again at each retry. */
  holdDetach?: (volumeName: string) => boolean;
  /** What discovery serves now: namespaces are emptied of it, and owners are looked for in it. */
  served?: () => readonly ServedResource[];
  /** PEM, put into `kube-root-ca.crt` and into token Secrets. */
  caCertificate?: string;
  /** Makes the token of a service-account token Secret; must give the same token for the same claims. */
  signToken?: (claims: JsonObject) => string;
  /** Controllers not to run: because a real cluster has them, or to see what happens without. */
  without?: readonly ControllerName[];
  /** Nodes to register, each in its zone with its EC2 instance; none are made otherwise. */
  nodes?: readonly NodeSpec[];
}

const CONTROLLERS = {
  'persistentvolume-binder': persistentVolumeBinder,
  'pvc-protection': claimProtection,
  'pv-protection': volumeProtection,
  'ebs-provisioner': ebsProvisioner,
  'attach-detach': attachDetachController,
  'ebs-attacher': ebsAttacher,
  namespaces: namespaceController,
  'namespace-defaults': namespaceDefaults,
  'token-secrets': tokenController,
  'garbage-collector': garbageCollector,
  'stateful-sets': statefulSetController,
  'replica-sets': replicaSetController,
  deployments: deploymentController,
  scheduler,
  kubelet,
} satisfies Record<string, (context: ControllerContext) => Controller>;

type ControllerName = keyof typeof CONTROLLERS;

/** Starts the controllers, resolving once all have listed and begun. Nothing is shared between two calls. */
export async function startControllers(options: ControllerOptions): Promise<Running> {
  const abort = new AbortController();
  await registerNodes(options.api('kubelet'), options.nodes ?? [], options.clock?.() ?? new Date());
  const informers = new Informers(options.api('kube-controller-manager'), abort.signal);
  const context = contextOf(options, informers);
  const controllers = Object.entries(CONTROLLERS)
    .filter(([name]) => !(options.without ?? []).some((absent) => absent === name))
    .map(([, controller]) => controller(context));
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

function contextOf(options: ControllerOptions, informers: Informers): ControllerContext {
  const key = randomBytes(32);
  return {
    api: options.api,
    informers,
    cloud: options.cloud,
    now: options.clock ?? (() => new Date()),
    periods: periodsOf(options.periods),
    holdDetach: options.holdDetach ?? (() => false),
    served: options.served ?? (() => SERVED_BY_DEFAULT),
    caCertificate: options.caCertificate ?? 'the sandbox was started without a certificate authority\n',
    signToken: (claims) => options.signToken?.({ ...claims }) ?? unverifiedToken({ ...claims }, key),
  };
}

/** A JSON Web Token in form only: used where no server that could verify it is behind the API. */
function unverifiedToken(claims: JsonObject, key: Buffer): string {
  const body = [{ alg: 'HS256', typ: 'JWT' }, claims].map(base64url).join('.');
  return `${body}.${createHmac('sha256', key).update(body).digest('base64url')}`;
}

function base64url(value: JsonObject): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
