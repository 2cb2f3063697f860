import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { eventually } from '../../sandbox/controllers/cluster.ts';
import type { LawWorld } from '../law-worlds.ts';

const core = (resource: string) => ({ group: '', version: 'v1', resource });

async function layPod(sandbox: Sandbox): Promise<void> {
  const api = sandbox.api('layout');
  await api.create(core('namespaces'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  const containers = [{ name: 'one', image: 'example.com/one:1' }];
  const metadata = { name: 'one', namespace: 'shop' };
  await api.create(core('pods'), { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers } });
  const phase = async () => ((await api.get(core('pods'), 'one', 'shop'))['status'] as { phase?: string }).phase;
  await eventually(phase, 'Running');
}

export const KUBE_WORLDS: readonly LawWorld[] = [
  {
    action: 'kube/exec',
    name: 'in the only container of a pod',
    input: { namespace: 'shop', pod: 'one', command: ['true'] },
    lay: layPod,
  },
];
