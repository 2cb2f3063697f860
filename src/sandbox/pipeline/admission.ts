import { forbidden, notFound } from '../registry/status.ts';
import { textAt } from '../registry/fields.ts';
import type { Kind } from '../registry/kind.ts';
import type { KubeObject } from '../types.ts';
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

/**
 * ServiceAccount admission: a pod's account must be there. For `default` a real server waits until its controller has
 * made it; here it is not looked for.
 */
export function admitPod(api: ApiContext, kind: Kind, namespace: string | undefined, object: KubeObject): void {
  const account = textAt(object, 'spec', 'serviceAccountName');
  if (kind.table !== 'pods' || account === '' || account === 'default') return;
  if (api.store.get('serviceaccounts', `${namespace}/${account}`)) return;
  const why = `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`;
  throw forbidden(kind, object.metadata.name ?? '', why);
}

export function admitDelete({ kind, info }: Target): void {
  if (kind.table !== 'namespaces' || !immortal.includes(info.name ?? '')) return;
  throw forbidden(kind, info.name ?? '', 'this namespace may not be deleted');
}
