import { fieldsAt, isFields, listAt, madeAt, numberAt, setDefaults, textAt } from '../fields.ts';
import type { Fields } from '../fields.ts';
import type { Strategy } from '../kind.ts';
import { validatePod, validatePodUpdate } from '../validation/pod.ts';
import { keepStatus } from './shared.ts';

const pods: Strategy = {
  generation: true,
  defaults(object) {
    defaultPodSpec(madeAt(object, 'spec'));
    setDefaults(madeAt(object, 'spec'), { enableServiceLinks: true });
  },
  prepareForCreate(object, context) {
    object.status = { phase: 'Pending', qosClass: qosClassOf(madeAt(object, 'spec')) };
    admit(madeAt(object, 'spec'), context.now);
  },
  prepareForUpdate: keepStatus,
  validate: validatePod,
  validateUpdate: validatePodUpdate,
  gracePeriod(object) {
    // A pod that no kubelet has is removed at once (pkg/registry/core/pod/strategy.go CheckGracefulDelete).
    const ended = ['Succeeded', 'Failed'].includes(textAt(object, 'status', 'phase'));
    if (textAt(object, 'spec', 'nodeName') === '' || ended) return 0;
    return numberAt(object, 'spec', 'terminationGracePeriodSeconds');
  },
};

export const podStrategies: Record<string, Strategy> = { pods };

/** The defaults of a pod template, shared by all workloads. */
export function defaultPodSpec(spec: Fields): void {
  setDefaults(spec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
  });
  // The two names of one field are kept equal by conversion.
  if (typeof spec.serviceAccountName === 'string') setDefaults(spec, { serviceAccount: spec.serviceAccountName });
  for (const container of [...listAt(spec, 'initContainers'), ...listAt(spec, 'containers')])
    defaultContainer(container);
  for (const volume of listAt(spec, 'volumes')) defaultVolume(volume);
}

function defaultContainer(container: Fields): void {
  setDefaults(container, {
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: /(:latest|^[^:@]+)$/.test(textAt(container, 'image')) ? 'Always' : 'IfNotPresent',
  });
  for (const port of listAt(container, 'ports')) setDefaults(port, { protocol: 'TCP' });
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = container[name];
    if (!isFields(probe)) continue;
    setDefaults(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
    if (isFields(probe.httpGet)) setDefaults(probe.httpGet, { path: '/', scheme: 'HTTP' });
  }
  for (const variable of listAt(container, 'env')) {
    const reference = fieldsAt(variable, 'valueFrom').fieldRef;
    if (isFields(reference)) setDefaults(reference, { apiVersion: 'v1' });
  }
  const requests = fieldsAt(container, 'resources');
  const limits = requests.limits;
  if (isFields(limits)) setDefaults(madeAt(requests, 'requests'), { ...limits });
}

function defaultVolume(volume: Fields): void {
  for (const name of ['configMap', 'secret', 'projected', 'downwardAPI']) {
    const source = volume[name];
    if (isFields(source)) setDefaults(source, { defaultMode: 420 });
  }
  if (isFields(volume.hostPath)) setDefaults(volume.hostPath, { type: '' });
  if (Object.keys(volume).length === 1) volume.emptyDir = {};
}

/** What admission plugins add to a pod: ServiceAccount, Priority, DefaultTolerationSeconds. */
function admit(spec: Fields, seed: string): void {
  setDefaults(spec, { serviceAccountName: 'default' });
  setDefaults(spec, { serviceAccount: spec.serviceAccountName, priority: 0, preemptionPolicy: 'PreemptLowerPriority' });
  const tolerations = listAt(spec, 'tolerations');
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    const tolerated = tolerations.some(
      (each) => each.key === key || (each.key === undefined && each.operator === 'Exists'),
    );
    if (!tolerated) tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 });
  }
  spec.tolerations = tolerations;
  if (spec.automountServiceAccountToken !== false) mountToken(spec, seed);
}

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';

function mountToken(spec: Fields, seed: string): void {
  const name = `kube-api-access-${suffixOf(seed + textAt(spec, 'serviceAccountName'))}`;
  const volumes = listAt(spec, 'volumes');
  if (volumes.some((volume) => textAt(volume, 'name').startsWith('kube-api-access-'))) return;
  let used = false;
  for (const container of [...listAt(spec, 'initContainers'), ...listAt(spec, 'containers')]) {
    const mounts = listAt(container, 'volumeMounts');
    if (mounts.some((mount) => mount.mountPath === tokenPath)) continue;
    used = true;
    container.volumeMounts = [...mounts, { name, readOnly: true, mountPath: tokenPath }];
  }
  if (used) spec.volumes = [...volumes, { name, projected: { defaultMode: 420, sources: tokenSources() } }];
}

function tokenSources(): Fields[] {
  return [
    { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    {
      downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] },
    },
  ];
}

function suffixOf(seed: string): string {
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
  let hash = 7;
  for (const character of seed) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  let suffix = '';
  for (let index = 0; index < 5; index++) {
    suffix += alphabet[hash % alphabet.length] ?? '';
    hash = Math.floor(hash / alphabet.length) + 17 * index;
  }
  return suffix;
}

function qosClassOf(spec: Fields): string {
  const resources = [...listAt(spec, 'initContainers'), ...listAt(spec, 'containers')].map((each) =>
    fieldsAt(each, 'resources'),
  );
  const asks = resources.flatMap((each) => [
    ...Object.keys(fieldsAt(each, 'requests')),
    ...Object.keys(fieldsAt(each, 'limits')),
  ]);
  if (!asks.some((name) => name === 'cpu' || name === 'memory')) return 'BestEffort';
  const guaranteed = resources.every((each) =>
    ['cpu', 'memory'].every((name) => {
      const limit = fieldsAt(each, 'limits')[name];
      return limit !== undefined && limit === fieldsAt(each, 'requests')[name];
    }),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
