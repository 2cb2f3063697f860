import type { ContractCase, Fields, Scope } from '../case.ts';
import { Storage, aWhile, isTold } from './controllers-scene.ts';
import { kubectlOf } from './kubectl-scene.ts';
import { configMap, deployment, service, statefulSet } from './objects.ts';

const settings = (data: Fields): Fields => configMap('settings', { data });

/** A claim bound to a volume, as the binder leaves them. */
async function bound(api: Scope): Promise<Storage> {
  const storage = await Storage.start(api);
  await storage.makeVolume(storage.reserved());
  await storage.volumeIs('Available');
  await storage.makeClaim();
  await storage.areBound();
  return storage;
}

/** A service and a set of members without volumes. */
async function running(api: Scope, replicas = 2): Promise<void> {
  const kubectl = kubectlOf(api);
  const input = [service('db', { clusterIP: 'None' }), statefulSet('db', { replicas })];
  await kubectl('apply -f -', { input });
  await kubectl('rollout status sts/db --timeout=60s', { unseen: true });
}

const scripts: readonly [string, (api: Scope) => Promise<unknown>][] = [
  [
    'creating, reading and deleting a ConfigMap',
    async (api) => {
      const kubectl = kubectlOf(api);
      await kubectl('create configmap settings --from-literal=a=1');
      await kubectl('create configmap settings --from-literal=a=1', { code: 1, says: 'already exists' });
      await kubectl('get configmap settings');
      await kubectl('get configmap settings -o name');
      await kubectl('get configmap settings -o jsonpath={.data.a}');
      await kubectl('describe configmap settings');
      await kubectl('delete configmap settings');
      await kubectl('get configmap settings', { code: 1, says: 'Error from server (NotFound)' });
      await kubectl('delete configmap settings', { code: 1, says: 'NotFound' });
      await kubectl('delete configmap settings --ignore-not-found');
    },
  ],
  [
    'reading as YAML and JSON, with managed fields',
    async (api) => {
      const kubectl = kubectlOf(api);
      await kubectl('create configmap settings --from-literal=a=1');
      await kubectl('get configmap settings -o yaml');
      await kubectl('get configmap settings -o json');
      await kubectl('get configmap settings -o yaml --show-managed-fields');
      await kubectl('get configmap settings -o custom-columns=NAME:.metadata.name,A:.data.a');
    },
  ],
  [
    'apply: created, unchanged, configured, and what was applied before is remembered',
    async (api) => {
      const kubectl = kubectlOf(api);
      await kubectl('apply -f -', { input: [settings({ a: '1', b: '2' })], says: 'created' });
      await kubectl('apply -f -', { input: [settings({ a: '1', b: '2' })], says: 'unchanged' });
      await kubectl('apply -f -', { input: [settings({ a: '1' })], says: 'configured' });
      await kubectl('get configmap settings -o jsonpath={.data}', { says: '{"a":"1"}' });
      await kubectl('apply view-last-applied configmap settings');
      await kubectl('apply -f - --dry-run=server', { input: [settings({ a: '2' })], says: 'server dry run' });
      await kubectl('diff -f -', { input: [settings({ a: '1' })] });
    },
  ],
  [
    'apply --server-side: a conflict names the other manager, force takes over',
    async (api) => {
      const kubectl = kubectlOf(api);
      await kubectl('apply --server-side --field-manager=one -f -', { input: [settings({ a: '1' })] });
      const other = 'apply --server-side --field-manager=two -f -';
      await kubectl(other, { input: [settings({ a: '2' })], code: 1, says: 'Apply failed with 1 conflict' });
      await kubectl(`${other} --force-conflicts`, { input: [settings({ a: '2' })] });
      await kubectl('get configmap settings -o yaml --show-managed-fields');
    },
  ],
  [
    'patches of three types, labels and annotations',
    async (api) => {
      const kubectl = kubectlOf(api);
      await kubectl('create configmap settings --from-literal=a=1');
      await kubectl(`patch configmap settings --type=merge -p '{"data":{"b":"2"}}'`);
      await kubectl(`patch configmap settings --type=merge -p '{"data":{"b":"2"}}'`, { says: 'no change' });
      await kubectl(`patch configmap settings --type=json -p '[{"op":"remove","path":"/data/b"}]'`);
      await kubectl(`patch configmap settings --type=json -p '[{"op":"test","path":"/data/a","value":"9"}]'`, {
        code: 1,
      });
      await kubectl(`patch configmap settings -p '{"data":{"c":"3"}}'`);
      await kubectl('label configmap settings app=db');
      await kubectl('label configmap settings app=other', { code: 1, says: '--overwrite' });
      await kubectl('label configmap settings app=other --overwrite');
      await kubectl('annotate configmap settings note=x');
      await kubectl('annotate configmap settings note-');
      await kubectl('get configmap -l app=other --show-labels');
    },
  ],
  [
    'refusals: unknown kinds, unknown fields, invalid values',
    async (api) => {
      const kubectl = kubectlOf(api);
      await kubectl('get unicorns', { code: 1, says: `the server doesn't have a resource type "unicorns"` });
      await kubectl('create -f -', { code: 1, input: [{ ...settings({}), dta: {} }], says: 'unknown field "dta"' });
      await kubectl('create -f -', { code: 1, input: [configMap('Bad_Name')], says: 'Invalid value' });
      await kubectl('scale sts none --replicas=1', { code: 1, says: 'not found' });
    },
  ],
  [
    'volumes and claims in a table, wide and described',
    async (api) => {
      await bound(api);
      const kubectl = kubectlOf(api);
      await kubectl('get pvc');
      await kubectl('get pvc -o wide');
      await kubectl(`get pv ${api.own('pv')}`);
      await kubectl(`get pv ${api.own('pv')} -o wide`);
      await kubectl('describe pvc data');
      await kubectl(`describe pv ${api.own('pv')}`);
      await kubectl(`get pv ${api.own('pv')} -o yaml`);
      await kubectl(`get storageclass ${api.own('class')}`);
    },
  ],
  [
    'a Released volume, its uid taken away by a patch, is Available',
    async (api) => {
      const storage = await Storage.start(api);
      await storage.released();
      const kubectl = kubectlOf(api);
      const pv = api.own('pv');
      await kubectl(`get pv ${pv}`, { says: 'Released' });
      await kubectl(`patch pv ${pv} --type=merge -p '{"spec":{"claimRef":{"uid":null,"resourceVersion":null}}}'`);
      await kubectl(`wait --for=jsonpath={.status.phase}=Available pv/${pv} --timeout=60s`);
      await kubectl(`get pv ${pv}`, { says: 'Available' });
      await kubectl(`patch pv ${pv} -p '{"spec":{"persistentVolumeReclaimPolicy":"Delete"}}'`);
      await kubectl(`delete pv ${pv}`);
    },
  ],
  [
    'a StatefulSet: rolled out, in tables, scaled, deleted',
    async (api) => {
      await running(api);
      const kubectl = kubectlOf(api);
      await kubectl('get sts');
      await kubectl('get sts -o wide');
      await kubectl('get pods');
      await kubectl('get svc');
      await kubectl('scale sts db --replicas=1');
      await kubectl('wait --for=delete pod/db-1 --timeout=60s', { unseen: true });
      await kubectl('wait --for=jsonpath={.status.readyReplicas}=1 sts/db --timeout=60s');
      await kubectl('get sts db');
      await kubectl('scale sts db --replicas=0 --current-replicas=5', { code: 1, says: 'Expected replicas to be 5' });
      await kubectl('delete sts db --wait');
      await kubectl('wait --for=delete pod/db-0 --timeout=60s', { unseen: true });
      await kubectl('get pods', { says: 'No resources found' });
    },
  ],
  [
    'a StatefulSet described',
    async (api) => {
      await running(api, 1);
      await isTold(api, 'db', 'SuccessfulCreate', /db-0/);
      await kubectlOf(api)('describe sts db');
    },
  ],
  [
    'an orphaned deletion leaves the pods',
    async (api) => {
      await running(api);
      const kubectl = kubectlOf(api);
      await kubectl('delete sts db --cascade=orphan');
      await aWhile();
      await kubectl('get pods -o name');
    },
  ],
  [
    'a Deployment: rolled out, restarted, its history',
    async (api) => {
      const kubectl = kubectlOf(api);
      const input = [deployment('web', { replicas: 1, paused: false })];
      await kubectl('apply -f -', { input });
      await kubectl('rollout status deployment/web --timeout=60s', { unseen: true });
      await kubectl('get deployment web');
      await kubectl('rollout restart deployment/web');
      await kubectl('rollout status deployment/web --timeout=60s', { unseen: true });
      await kubectl('rollout history deployment/web');
      await kubectl('rollout pause deployment/web');
      await kubectl('rollout status deployment/none', { code: 1, says: 'NotFound' });
      await kubectl('wait --for=condition=Available deployment/web --timeout=60s');
      await kubectl('delete deployment web');
    },
  ],
  [
    'waiting for what does not come ends with 1',
    async (api) => {
      const kubectl = kubectlOf(api);
      await kubectl('create configmap settings');
      await kubectl('wait --for=delete configmap/settings --timeout=1s', { code: 1, says: 'timed out' });
      await kubectl('wait --for=condition=Ready pod/none --timeout=1s', { code: 1, says: 'not found' });
    },
  ],
  [
    'a watch prints what comes',
    async (api) => {
      const kubectl = kubectlOf(api);
      const watching = kubectl('get configmap --watch-only -o name --field-selector metadata.name=settings', {
        seconds: 8,
        code: -1,
        unseen: true,
      }).catch(() => '');
      await aWhile();
      await kubectl('create configmap settings');
      await kubectl('label configmap settings a=b');
      await kubectl('delete configmap settings');
      await watching;
    },
  ],
  [
    'events of an object, and sorted',
    async (api) => {
      const storage = await Storage.start(api);
      await storage.makeClaim({ volumeName: 'none' }, 'waiting');
      await storage.makeVolume({ storageClassName: 'other' });
      await storage.volumeIs('Available');
      await storage.makeClaim({ volumeName: api.own('pv') });
      await isTold(api, 'data', 'VolumeMismatch', /storageClassName does not match/);
      const kubectl = kubectlOf(api);
      await kubectl('events --for pvc/data');
      await kubectl('get events --field-selector reason=VolumeMismatch');
    },
  ],
  [
    'explain: fields of built-in kinds',
    async (api) => {
      const kubectl = kubectlOf(api);
      for (const field of ['pvc.spec.volumeName', 'pv.spec.claimRef.uid', 'sts.spec.ordinals']) {
        await kubectl(`explain ${field}`, { says: 'FIELD:' });
      }
      await kubectl('explain pvc.spec.nothing', { code: 1, says: 'field "nothing" does not exist' });
    },
  ],
  [
    'api-resources of groups',
    async (api) => {
      const kubectl = kubectlOf(api);
      await kubectl('api-resources --api-group=apiextensions.k8s.io');
      await kubectl('api-resources --api-group=rbac.authorization.k8s.io -o wide');
      await kubectl('api-resources --api-group=none.example.com', { says: '' });
    },
  ],
  [
    'auth: whoami and can-i',
    async (api) => {
      const kubectl = kubectlOf(api);
      await kubectl('auth whoami -o name', { unseen: true });
      await kubectl('auth can-i delete pv', { unseen: true, says: 'yes' });
      await kubectl('auth can-i list pods --as=system:serviceaccount:default:nobody', { code: 1, says: 'no' });
      await kubectl('create serviceaccount robot');
      const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: 'reader' } };
      const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }];
      const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' };
      const subjects = [{ kind: 'ServiceAccount', name: 'robot', namespace: api.namespace }];
      const input = [
        { ...rbac, kind: 'Role', rules },
        { ...rbac, kind: 'RoleBinding', roleRef, subjects },
      ];
      await kubectl('apply --validate=false -f -', { input });
      const robot = `--as=system:serviceaccount:${api.namespace}:robot`;
      await aWhile();
      await kubectl(`auth can-i list pods ${robot}`, { says: 'yes' });
      await kubectl(`auth can-i delete pods ${robot}`, { code: 1, says: 'no' });
      await kubectl(`auth can-i list pods -n default ${robot}`, { code: 1, says: 'no' });
      await kubectl(`get secrets ${robot}`, { code: 1, says: 'Error from server (Forbidden)' });
    },
  ],
  [
    'a token Secret, described and read',
    async (api) => {
      const kubectl = kubectlOf(api);
      await kubectl('create serviceaccount robot');
      const annotations = { 'kubernetes.io/service-account.name': 'robot' };
      const type = 'kubernetes.io/service-account-token';
      await kubectl('apply -f -', {
        input: [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'token', annotations }, type }],
      });
      await kubectl('wait --for=jsonpath={.data.token} secret/token --timeout=30s', { unseen: true });
      await kubectl('get secret token');
      await kubectl('describe serviceaccount robot');
      await kubectl('create token robot --duration=10m', { unseen: true, says: /^eyJ/ });
      await kubectl('create secret generic plain --from-literal=a=b');
      await kubectl('describe secret plain');
    },
  ],
  [
    'a namespace that is deleted, waited for, and gone',
    async (api) => {
      const kubectl = kubectlOf(api);
      const name = api.own('other');
      await kubectl(`create namespace ${name}`);
      await kubectl(`get namespace ${name}`);
      await kubectl(`create configmap a -n ${name}`);
      await kubectl(`delete namespace ${name} --wait=false`);
      await kubectl(`wait --for=delete namespace/${name} --timeout=60s`, { unseen: true });
      await kubectl(`get namespace ${name}`, { code: 1, says: 'NotFound' });
    },
  ],
  [
    'a whole folder of objects, created and deleted in one go',
    async (api) => {
      const kubectl = kubectlOf(api);
      const input = [settings({ a: '1' }), service('db'), deployment('web'), statefulSet('db')];
      await kubectl('create -f -', { input });
      await kubectl('get all', { unseen: true });
      await kubectl('get configmap/settings service/db deployment/web sts/db -o name');
      await kubectl('delete -f - --wait=false', { input });
    },
  ],
  [
    'replace and edit by field selector: a stale revision is refused',
    async (api) => {
      const kubectl = kubectlOf(api);
      await kubectl('create configmap settings --from-literal=a=1');
      const metadata = { name: 'settings', resourceVersion: '1' };
      const stale = { ...settings({ a: '2' }), metadata };
      await kubectl('replace -f -', { input: [stale], code: 1, says: 'the object has been modified' });
      await kubectl('replace -f -', { input: [settings({ a: '3' })] });
      await kubectl('get configmap --field-selector metadata.name=settings -o name');
      await kubectl('get configmap --field-selector metadata.colour=red', {
        code: 1,
        says: 'is not a known field selector',
      });
    },
  ],
  [
    'a role made by options',
    (api) => kubectlOf(api)('create role reader --verb=get,list --resource=pods', { says: 'created' }),
  ],
  [
    'a role applied, checked by kubectl against the OpenAPI document of its group',
    (api) => {
      const metadata = { name: 'reader' };
      const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules: [] };
      return kubectlOf(api)('apply -f -', { input: [role], says: 'created' });
    },
  ],
  [
    'a version that is not served',
    (api) => {
      const input = [{ ...configMap('a'), apiVersion: 'v9' }];
      return kubectlOf(api)('create -f -', { code: 1, input, says: 'no matches for kind' });
    },
  ],
];

export const kubectlScripts: readonly ContractCase[] = scripts.map(([name, requests]) => ({
  name: `kubectl: ${name}`,
  requests,
}));
