import type { Change } from '../model/change.ts';
import { DrctlError } from '../model/errors.ts';
import { isJsonObject, type Json } from '../model/json.ts';
import { labelOf, type ObjectRef } from '../model/object-ref.ts';
import type { ChangeKind, Probe } from '../ports/change-kind.ts';
import type { ExecAnswer, SendError } from '../ports/door.ts';
import type { KubeObject } from '../ports/read-world.ts';
import { allowed } from './allowed.ts';
import { BODIES, bodyOf } from './bodies.ts';
import { GO, guardSame, kubeEndpointOf, kubeNameOf, kubePermission, readLive, stop } from './kube-target.ts';
import { commandLine } from './quote.ts';
import { secretIn } from './secret-words.ts';

const body = BODIES['kube/exec'];

export interface ExecSpec {
  /** The pod with its uid: another one of its name is another machine. */
  readonly object: ObjectRef & { readonly uid: string };
  readonly container: string;
  /** Holds no secret: it stands in plans, journals and the audit log of the API server. */
  readonly argv: readonly string[];
  readonly timeoutMs: number;
  /** The exit code that means success; 0 where none is given. */
  readonly expectExit?: number;
  readonly because?: string;
}

/** Always `opaque`: nobody can know what it does. Throws `SecretInChange` for a word that looks like one (promise 11). */
export function runInPod({ object, because, ...spec }: ExecSpec): Change {
  assertNoSecret(spec.argv);
  const { argv, container, expectExit } = spec;
  return allowed({
    kind: 'kube/exec',
    object,
    before: null,
    after: { argv, container, ...(expectExit !== undefined && { expectExit }) },
    risk: 'opaque',
    body: { ...spec },
    ...(because !== undefined && { because }),
  });
}

export const kubeExec: ChangeKind = {
  kind: 'kube/exec',
  summary: 'Run a command in a container of a pod, once, without a shell',
  body,
  repeat: 'once',
  describe(change) {
    const { argv, container } = bodyOf('kube/exec', change);
    return `${labelOf(change.object)}${container === undefined ? '' : ` (${container})`}: run ${commandLine(argv)}`;
  },
  command(change) {
    const { argv, container } = bodyOf('kube/exec', change);
    const { namespace, name } = kubeNameOf(change);
    return commandLine([
      'kubectl',
      'exec',
      ...(namespace === undefined ? [] : ['-n', namespace]),
      name,
      ...(container === undefined ? [] : ['-c', container]),
      '--',
      ...argv,
    ]);
  },
  // A websocket opens by GET, which is `get`; since 1.35 the API server asks for `create` besides (gate
  // AuthorizePodWebsocketUpgradeCreatePermission), and before that it is what kubectl itself needed.
  permission: (change) => [kubePermission(change, 'create', 'exec'), kubePermission(change, 'get', 'exec')],
  async guard(change, world) {
    const live = await readLive(change, world);
    const same = guardSame(change, live);
    if (!same.go || !live) return same;
    const trouble = podTrouble(live, bodyOf('kube/exec', change).container);
    return trouble === undefined ? GO : stop(`${labelOf(change.object)} ${trouble}`);
  },
  async perform(change, outlet): Promise<Json> {
    const { argv, container, timeoutMs, expectExit = 0 } = bodyOf('kube/exec', change);
    const { namespace = '', name: pod } = kubeNameOf(change);
    const request = { namespace, pod, argv, timeoutMs, ...(container !== undefined && { container }) };
    const answer = await outlet.exec(kubeEndpointOf(change), request);
    if (answer.exitCode === expectExit) return { ...answer };
    throw failed(change, answer, expectExit);
  },
  probe: (): Promise<Probe> => Promise.resolve('cannot-tell'),
};

/** Why no command can be run there now; undefined where one can. */
export function podTrouble(pod: KubeObject, container: string | undefined): string | undefined {
  if (pod.metadata.deletionTimestamp !== undefined) return 'is being stopped';
  const status = isJsonObject(pod['status']) ? pod['status'] : {};
  const phase = typeof status['phase'] === 'string' ? status['phase'] : 'Pending';
  if (phase !== 'Running') return `is ${phase}, not Running`;
  if (container === undefined) return undefined;
  const all = [status['containerStatuses'], status['initContainerStatuses']].flatMap((list) =>
    Array.isArray(list) ? list.filter(isJsonObject) : [],
  );
  const state = all.find(({ name }) => name === container)?.['state'];
  if (isJsonObject(state) && isJsonObject(state['running'])) return undefined;
  const waiting = isJsonObject(state) && isJsonObject(state['waiting']) ? state['waiting']['reason'] : undefined;
  return `has container ${container} not running${typeof waiting === 'string' ? ` (${waiting})` : ''}`;
}

/** It ran, and may have done half of it: a person looks, as with a program on this host. */
function failed({ object }: Change, { exitCode, stderr }: ExecAnswer, expected: number): SendError {
  const last = stderr.trim().split('\n').at(-1) ?? '';
  const wanted = expected === 0 ? '' : `, not ${expected}`;
  const reason = `the command in ${labelOf(object)} ended with exit code ${exitCode}${wanted}${last === '' ? '' : `: ${last}`}`;
  const error = new DrctlError('CommandFailed', 'target', reason, {
    nextSteps: ['look at what it did before you say how to go on'],
  });
  return Object.assign(error, { sendFailure: 'unknown' as const, reason, trouble: 'invalid' as const });
}

/** Says which word, and never the word. */
function assertNoSecret(argv: readonly string[]): void {
  const at = secretIn(argv);
  if (at === undefined) return;
  throw new DrctlError('SecretInChange', 'user', `a command may carry no secret: word ${at + 1} of it looks like one`, {
    nextSteps: [
      'plans and journals are read by many; let the command read it from a file or variable of the container',
    ],
  });
}
