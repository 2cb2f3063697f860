import { forbidden, notFound } from '../registry/status.ts';
import type { Kind } from '../registry/kind.ts';
import type { ApiContext, Target } from './context.ts';

const immortal = ['default', 'kube-system', 'kube-public'];

/** NamespaceLifecycle: nothing is created in a namespace that is not there or that goes. */
export function admitCreate(api: ApiContext, kind: Kind, namespace: string | undefined, name: string): void {
  if (!kind.namespaced || namespace === undefined) return;
  const found = api.store.get('namespaces', namespace);
  if (!found) throw notFound({ group: '', resource: 'namespaces' }, namespace);
  if (found.metadata.deletionTimestamp === undefined) return;
  throw forbidden(kind, name, `unable to create new content in namespace ${namespace} because it is being terminated`, {
    causes: [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  });
}

export function admitDelete({ kind, info }: Target): void {
  if (kind.table !== 'namespaces' || !immortal.includes(info.name ?? '')) return;
  throw forbidden(kind, info.name ?? '', 'this namespace may not be deleted');
}
