import type { Sandbox } from '../sandbox.ts';
import { endpointNames } from './edges.ts';
import type { Handlers } from './server.ts';
import type { SandboxSnapshot } from './snapshot.ts';
import type { Commands, Status } from './protocol.ts';

/** What the commands of the control socket act on: the sandbox of now, which `restore` replaces. */
export interface Controlled {
  sandbox(): Sandbox;
  status(): Status;
  replaceBy(snapshot: SandboxSnapshot): Promise<void>;
  /** Begins the end; does not wait for it, so that the caller gets an answer. */
  stop(): void;
}

export function handlersFor(controlled: Controlled): Handlers {
  const kept = new Map<string, SandboxSnapshot>();
  const now = () => controlled.sandbox();
  return {
    status: () => controlled.status(),
    'faults.add': (rule) => now().faults.add(rule),
    'faults.remove': ({ id }) => now().faults.remove(id),
    'faults.clear': () => now().faults.clear(),
    'faults.list': () => now().faults.list(),
    snapshot: ({ name }) => void kept.set(name, now().snapshot()),
    restore: ({ name }) => {
      const snapshot = kept.get(name);
      if (!snapshot)
        throw new Error(`The sandbox keeps no snapshot ${name}; it keeps: ${[...kept.keys()].join(', ') || 'none'}.`);
      return controlled.replaceBy(snapshot);
    },
    'credentials.expire': ({ user }) => now().expireCredentials(user),
    'credentials.renew': ({ user }) => now().renewCredentials(user),
    'rights.set': ({ user, ...rights }) => now().setRights(user, rights),
    'identity.change': () => now().changeIdentity(),
    outage: (outage) => setOutage(now(), outage),
    'repository.commit': ({ message, files }) => now().repository.commit(message, files),
    'velero.backup': ({ schedule, at }) => now().backUp(schedule, new Date(at)),
    'detach.hold': (hold) => now().holdDetach(hold),
    'detach.release': ({ volume }) => now().releaseDetach(volume),
    state: () => now().data(),
    stop: () => controlled.stop(),
  };
}

/** Answers when the listeners are closed or open: no request slips through afterwards. */
async function setOutage(sandbox: Sandbox, { on, milliseconds, endpoint }: Commands['outage']['input']): Promise<void> {
  const endpoints = endpoint === undefined ? endpointNames : [endpoint];
  await sandbox.setOutage(on, endpoints);
  if (!on || milliseconds === undefined) return;
  setTimeout(() => {
    sandbox
      .setOutage(false, endpoints)
      .catch((error: unknown) => process.stderr.write(`The outage did not end: ${String(error)}\n`));
  }, milliseconds).unref();
}
