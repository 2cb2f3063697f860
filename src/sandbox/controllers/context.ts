import type { ApiClient, Cloud, Running } from '../types.ts';
import { type EventRecorder, eventRecorder } from './events.ts';
import type { Informers } from './informers.ts';
import type { Periods } from './periods.ts';
import type { ServedResource } from './resources.ts';
import { type WorkQueue, type WorkQueueOptions, startWorkQueue } from './work-queue.ts';

/** What every controller is given. Nothing is kept in modules: several sandboxes run in one process. */
export interface ControllerContext {
  api: (name: string) => ApiClient;
  informers: Informers;
  cloud: Cloud;
  now: () => Date;
  periods: Periods;
  holdDetach: (volumeName: string) => boolean;
  served: () => readonly ServedResource[];
  caCertificate: string;
  signToken: (claims: TokenClaims) => string;
}

/** The claims of a service account's long-lived token, as the real token controller writes them. */
export interface TokenClaims {
  iss: string;
  sub: string;
  'kubernetes.io/serviceaccount/namespace': string;
  'kubernetes.io/serviceaccount/secret.name': string;
  'kubernetes.io/serviceaccount/service-account.name': string;
  'kubernetes.io/serviceaccount/service-account.uid': string;
}

/** A controller: what it has started, and the moment it may begin to work (when all caches have listed once). */
export interface Controller extends Running {
  begin(): void;
}

/** Collects the queues, timers and event recorder of one controller, so that stopping is one call. */
export class ControllerParts {
  readonly client: ApiClient;
  readonly events: EventRecorder;
  readonly #queues: WorkQueue[] = [];
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(context: Pick<ControllerContext, 'api' | 'now'>, name: string) {
    this.client = context.api(name);
    this.events = eventRecorder(this.client, name, () => context.now());
  }

  queue(options: WorkQueueOptions): WorkQueue {
    const queue = startWorkQueue(options);
    this.#queues.push(queue);
    return queue;
  }

  every(periodMs: number, run: () => void): void {
    this.#timers.push(setInterval(run, periodMs).unref());
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#queues.map((queue) => queue.stop()));
    await this.events.settled();
  }
}
