import type { KubeObject, ResourceName } from '../../types.ts';
import { type Controller, type ControllerContext, ControllerParts } from '../context.ts';
import { isAlreadyExists, isNamespaceTerminating, isNotFound } from '../failures.ts';
import { isTerminating, nameOf } from '../objects.ts';
import { RESOURCES } from '../resources.ts';
import { backOff } from '../work-queue.ts';

const ROOT_CA = 'kube-root-ca.crt';
const DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal ' +
  'service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** What every namespace gets, and gets back when somebody deletes it: ServiceAccount `default`, ConfigMap `kube-root-ca.crt`. */
export function namespaceDefaults(context: ControllerContext): Controller {
  const parts = new ControllerParts(context, 'serviceaccount-controller');
  const { namespaces, serviceAccounts, configMaps } = context.informers;
  const queue = parts.queue({
    workers: 2,
    failed: (_key, _error, attempt) => backOff(20, attempt),
    work: async (name) => {
      const namespace = namespaces.get(name);
      if (namespace === undefined || isTerminating(namespace)) return;
      if (serviceAccounts.get('default', name) === undefined)
        await create(RESOURCES.serviceAccounts, defaultAccount(name));
      if (configMaps.get(ROOT_CA, name) === undefined)
        await create(RESOURCES.configMaps, rootCa(name, context.caCertificate));
    },
  });

  async function create(resource: ResourceName, object: KubeObject): Promise<void> {
    try {
      await parts.client.create(resource, object);
    } catch (error) {
      if (!isAlreadyExists(error) && !isNamespaceTerminating(error) && !isNotFound(error)) throw error;
    }
  }

  return {
    begin: () => {
      namespaces.onChange(({ after }) => after !== undefined && queue.add(nameOf(after)));
      for (const informer of [serviceAccounts, configMaps]) {
        informer.onChange(({ before, after }) => after === undefined && queue.add(before?.metadata.namespace ?? ''));
      }
      for (const namespace of namespaces.list()) queue.add(nameOf(namespace));
    },
    stop: () => parts.stop(),
  };
}

function defaultAccount(namespace: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } };
}

function rootCa(namespace: string, certificate: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: ROOT_CA, namespace, annotations: { 'kubernetes.io/description': DESCRIPTION } },
    data: { 'ca.crt': certificate },
  };
}
