import { describe, expect, it } from 'vitest';
import { kubeExec } from '../../../src/actions/kube/exec.ts';
import type { KubeObject } from '../../../src/ports/read-world.ts';
import { blockedBecause, changesIn, itemsOf, planIn } from '../planning.ts';

interface Pod {
  readonly containers?: readonly string[];
  readonly sidecars?: readonly string[];
  readonly phase?: string;
  readonly waiting?: readonly string[];
  readonly owner?: { readonly kind: string; readonly name: string };
  readonly meta?: object;
}

function podOf({
  containers = ['kafka'],
  sidecars = [],
  phase = 'Running',
  waiting = [],
  owner,
  meta,
}: Pod = {}): KubeObject {
  const statuses = (names: readonly string[]) =>
    names.map((name) => ({
      name,
      state: waiting.includes(name) ? { waiting: { reason: 'CrashLoopBackOff' } } : { running: { startedAt: 'x' } },
    }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'kafka-1',
      namespace: 'shop',
      uid: 'u1',
      ...(owner && { ownerReferences: [{ apiVersion: 'apps/v1', ...owner, uid: 'o', controller: true }] }),
      ...meta,
    },
    spec: { containers: containers.map((name) => ({ name })), initContainers: sidecars.map((name) => ({ name })) },
    status: { phase, containerStatuses: statuses(containers), initContainerStatuses: statuses(sidecars) },
  };
}

const TRUE = { namespace: 'shop', pod: 'kafka-1', command: ['true'] };
const MEMBER = { namespace: 'shop', statefulSet: 'kafka', ordinal: 1, command: ['true'] };
const KAFKA = { kind: 'StatefulSet', name: 'kafka' };

describe('kube/exec', () => {
  it('is one opaque Change, once, in the only container of that very pod', async () => {
    expect(kubeExec.kind).toBe('once');
    const planned = await planIn(kubeExec, { ...TRUE, command: ['echo', '$HOME; rm -rf /'] }, { objects: [podOf()] });
    expect(itemsOf(planned)).toMatchObject([{ key: 'Pod shop/kafka-1', ready: 1 }]);
    expect(changesIn(planned)).toEqual([
      {
        kind: 'kube/exec',
        object: { endpoint: 'cluster', apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'kafka-1', uid: 'u1' },
        before: null,
        after: { argv: ['echo', '$HOME; rm -rf /'], container: 'kafka' },
        risk: 'opaque',
        body: { argv: ['echo', '$HOME; rm -rf /'], container: 'kafka', timeoutMs: 60_000 },
      },
    ]);
  });

  it('finds the member of a StatefulSet by its ordinal, on either cluster', async () => {
    const objects = [podOf({ owner: KAFKA })];
    const [change] = changesIn(await planIn(kubeExec, MEMBER, { objects }, { endpoint: 'argocd' }));
    expect(change?.object).toMatchObject({ endpoint: 'argocd', name: 'kafka-1', uid: 'u1' });
  });

  it('takes the container that is named, a sidecar too, and another exit code and time', async () => {
    const objects = [podOf({ containers: ['kafka', 'exporter'], sidecars: ['proxy'] })];
    const given = { ...TRUE, container: 'proxy', expectExit: 3, timeout: '10m' };
    expect(changesIn(await planIn(kubeExec, given, { objects }))).toMatchObject([
      { body: { container: 'proxy', expectExit: 3, timeoutMs: 600_000 }, after: { expectExit: 3 } },
    ]);
  });

  it.each<[string, object, KubeObject[], string]>([
    ['there is no such pod', TRUE, [], 'Pod shop/kafka-1 does not exist'],
    ['it starts', TRUE, [podOf({ phase: 'Pending' })], 'is Pending, not Running'],
    ['it has ended', TRUE, [podOf({ phase: 'Failed' })], 'is Failed, not Running'],
    ['it is being stopped', TRUE, [podOf({ meta: { deletionTimestamp: 'now' } })], 'is being stopped'],
    ['it crashes', TRUE, [podOf({ waiting: ['kafka'] })], 'has container kafka not running (CrashLoopBackOff)'],
    ['it has several containers', TRUE, [podOf({ containers: ['a', 'b'] })], 'say which: a, b'],
    ['it has none of that name', { ...TRUE, container: 'zoo' }, [podOf()], 'has no container zoo; it has kafka'],
    [
      'that container has not begun',
      { ...TRUE, container: 'x' },
      [podOf({ containers: ['x', 'y'], waiting: ['x'] })],
      'has container x not running',
    ],
    ['it is nobody’s', MEMBER, [podOf()], 'it belongs to nobody'],
    [
      'it is of another set',
      MEMBER,
      [podOf({ owner: { kind: 'StatefulSet', name: 'kafka2' } })],
      'belongs to StatefulSet kafka2',
    ],
    ['it is of another kind', MEMBER, [podOf({ owner: { kind: 'Job', name: 'kafka' } })], 'belongs to Job kafka'],
  ])('is blocked where %s', async (_, given, objects, because) => {
    expect(blockedBecause(await planIn(kubeExec, given as never, { objects }))).toContain(because);
  });

  it('says at most what it may touch: one exec in that namespace', () => {
    expect(kubeExec.touches(TRUE)).toEqual(
      ['cluster', 'argocd'].map((endpoint) => ({
        endpoint,
        verbs: ['create', 'get'],
        kinds: ['Pod'],
        subresource: 'exec',
        namespaces: ['shop'],
        atMost: 1,
        worst: 'opaque',
      })),
    );
  });

  it.each([
    [{}],
    [{ ...TRUE, command: [] }],
    [{ ...TRUE, command: [''] }],
    [{ ...TRUE, command: 'ls -l' }],
    [{ ...TRUE, timeout: 'soon' }],
    [{ ...TRUE, expectExit: 256 }],
    [{ ...TRUE, statefulSet: 'kafka', ordinal: 1 }],
    [{ ...TRUE, ordinal: 1 }],
    [{ namespace: 'shop', command: ['true'] }],
    [{ namespace: 'shop', statefulSet: 'kafka', command: ['true'] }],
    [{ ...MEMBER, ordinal: -1 }],
    [{ pod: 'kafka-1', command: ['true'] }],
    [{ ...TRUE, namespace: '' }],
    [{ ...TRUE, command: ['psql', 'postgres://root:hunter2@db/shop'] }],
    [{ ...TRUE, stdin: 'x' }],
  ])('refuses input %j', (given) => {
    expect(kubeExec.input.safeParse(given).success).toBe(false);
  });
});
