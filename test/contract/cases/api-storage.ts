import { expect } from 'vitest';
import type { Answer, ContractCase, Expected, Fields, Scope } from '../case.ts';
import { claim, statefulSet, volume } from './objects.ts';

const volumes = '/api/v1/persistentvolumes';

const invalid = (...causes: string[]): Expected => ({
  status: 422,
  reason: 'Invalid',
  ...(causes.length > 0 && { causes }),
});

/** Volumes that are not accepted, and the fields that say why. */
const badVolumes: readonly (readonly [fact: string, spec: Fields, ...causes: string[]])[] = [
  [
    'without a capacity',
    { capacity: undefined },
    'spec.capacity FieldValueRequired',
    'spec.capacity FieldValueNotSupported',
  ],
  ['without access modes', { accessModes: undefined }, 'spec.accessModes FieldValueRequired'],
  ['with an unknown access mode', { accessModes: ['Sometimes'] }, 'spec.accessModes FieldValueNotSupported'],
  ['without a source', { csi: undefined }, 'spec FieldValueRequired'],
  ['with two sources', { hostPath: { path: '/x' } }, 'spec.csi FieldValueForbidden'],
  [
    'with an unknown reclaim policy',
    { persistentVolumeReclaimPolicy: 'Burn' },
    'spec.persistentVolumeReclaimPolicy FieldValueNotSupported',
  ],
  ['with an unknown volume mode', { volumeMode: 'Ether' }, 'spec.volumeMode FieldValueNotSupported'],
  [
    'with a CSI source that has no handle',
    { csi: { driver: 'ebs.csi.aws.com' } },
    'spec.csi.volumeHandle FieldValueRequired',
  ],
  ['with a CSI source that has no driver', { csi: { volumeHandle: 'vol-1' } }, 'spec.csi.driver FieldValueRequired'],
  [
    'with a negative capacity',
    { capacity: { storage: '-1Gi' } },
    'spec.capacity[storage] FieldValueInvalid',
    'spec.capacity[storage] FieldValueInvalid',
  ],
  ['with another resource in its capacity', { capacity: { cpu: '1' } }],
  ['with a class that is no name', { storageClassName: 'Not A Name' }, 'spec.storageClassName FieldValueInvalid'],
  ['with ReadWriteOncePod beside another mode', { accessModes: ['ReadWriteOncePod', 'ReadWriteOnce'] }],
];

const badClaims: readonly (readonly [fact: string, spec: Fields, ...causes: string[]])[] = [
  ['without access modes', { accessModes: [] }, 'spec.accessModes FieldValueRequired'],
  ['without a requested size', { resources: {} }, 'spec.resources[storage] FieldValueRequired'],
  ['of no size', { resources: { requests: { storage: '0' } } }, 'spec.resources[storage] FieldValueInvalid'],
  ['of a negative size', { resources: { requests: { storage: '-1Gi' } } }],
  ['with an unknown access mode', { accessModes: ['Sometimes'] }, 'spec.accessModes FieldValueNotSupported'],
  ['with an unknown volume mode', { volumeMode: 'Ether' }, 'spec.volumeMode FieldValueNotSupported'],
  ['with a class that is no name', { storageClassName: 'Not A Name' }, 'spec.storageClassName FieldValueInvalid'],
];

/** Changes of a volume that is there: what may change and what may not. */
const volumeChanges: readonly (readonly [fact: string, spec: Fields, expected: Expected])[] = [
  [
    'the handle of a volume never changes',
    { csi: { volumeHandle: 'vol-other' } },
    invalid('spec.persistentvolumesource FieldValueForbidden'),
  ],
  ['the driver of a volume never changes', { csi: { driver: 'other.example.com' } }, invalid()],
  ['the source of a volume cannot be taken away', { csi: null }, invalid()],
  ['the reclaim policy of a volume may change', { persistentVolumeReclaimPolicy: 'Delete' }, 200],
  ['the capacity of a volume may change', { capacity: { storage: '2Gi' } }, 200],
  ['the access modes of a volume may change', { accessModes: ['ReadWriteMany'] }, 200],
  ['the class of a volume may change', { storageClassName: 'other' }, 200],
  ['the volume mode of a volume never changes', { volumeMode: 'Block' }, invalid('volumeMode FieldValueInvalid')],
  ['the mount options of a volume may change', { mountOptions: ['ro'] }, 200],
  [
    'a node affinity can be added to a volume',
    {
      nodeAffinity: {
        required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] }] },
      },
    },
    200,
  ],
  ['a claimRef without a namespace is accepted', { claimRef: { name: 'a' } }, 200],
];

const claimChanges: readonly (readonly [fact: string, spec: Fields, expected: Expected])[] = [
  ['the access modes of a claim never change', { accessModes: ['ReadWriteMany'] }, invalid('spec FieldValueForbidden')],
  ['the class of a claim never changes', { storageClassName: 'other' }, invalid('spec FieldValueForbidden')],
  [
    'a selector cannot be added to a claim',
    { selector: { matchLabels: { a: 'b' } } },
    invalid('spec FieldValueForbidden'),
  ],
  [
    'the size of a claim that is not bound cannot change',
    { resources: { requests: { storage: '2Gi' } } },
    invalid('spec FieldValueForbidden'),
  ],
  ['the volume name of a claim can be set once', { volumeName: 'a' }, 200],
];

export const storage: readonly ContractCase[] = [
  ...badVolumes.map(([fact, spec, ...causes]): ContractCase => ({
    name: `a volume ${fact} is 422`,
    requests: (api) => api.post(volumes, volume(api.own('pv'), spec), invalid(...causes)),
  })),
  ...badClaims.map(([fact, spec, ...causes]): ContractCase => ({
    name: `a claim ${fact} is 422`,
    requests: (api) => api.post(`${api.core}/persistentvolumeclaims`, claim('a', spec), invalid(...causes)),
  })),
  ...volumeChanges.map(([fact, spec, expected]): ContractCase => ({
    name: fact,
    async requests(api) {
      await changeVolume(api, spec, expected);
    },
  })),
  ...claimChanges.map(([fact, spec, expected]): ContractCase => ({
    name: fact,
    async requests(api) {
      await api.post(`${api.core}/persistentvolumeclaims`, claim('a'), 201);
      await api.patch('merge', `${api.core}/persistentvolumeclaims/a`, { spec }, expected);
    },
  })),
  {
    name: 'a volume is given its defaults and the protection finalizer',
    requests: (api) =>
      api.post(volumes, volume(api.own('pv')), {
        status: 201,
        body: {
          metadata: { finalizers: ['kubernetes.io/pv-protection'] },
          spec: { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' },
          status: { phase: 'Pending' },
        },
      }),
  },
  {
    name: 'a claim is given its defaults and the protection finalizer',
    requests: (api) =>
      api.post(`${api.core}/persistentvolumeclaims`, claim('a'), {
        status: 201,
        body: {
          metadata: { finalizers: ['kubernetes.io/pvc-protection'] },
          spec: { volumeMode: 'Filesystem' },
          status: { phase: 'Pending' },
        },
      }),
  },
  {
    name: 'a claimRef that is set once may be set to another claim',
    async requests(api) {
      const name = api.own('pv');
      await api.post(volumes, volume(name, { claimRef: { namespace: 'none', name: 'a' } }), 201);
      await api.patch(
        'merge',
        `${volumes}/${name}?dryRun=All`,
        { spec: { claimRef: { name: 'b', namespace: 'none' } } },
        { status: 200, body: { spec: { claimRef: { name: 'b' } } } },
        { unseen: true },
      );
      await api.patch(
        'merge',
        `${volumes}/${name}?dryRun=All`,
        { spec: { claimRef: null } },
        { status: 200, body: { spec: { claimRef: undefined } } },
        { unseen: true },
      );
    },
  },
  {
    name: 'a claimRef is stored with the kind and apiVersion that it was given, and no others',
    async requests(api) {
      const claimRef = { namespace: 'none', name: 'a' };
      await api.post(volumes, volume(api.own('pv'), { claimRef }), { status: 201, body: { spec: { claimRef } } });
    },
  },
  {
    name: 'a quantity is stored as it was written, in its canonical form',
    async requests(api) {
      const sizes = { '1024Mi': '1Gi', '1.5Gi': '1536Mi', '1e3': '1e3', '1000M': '1G', '0.5Gi': '512Mi' };
      for (const [size, stored] of Object.entries(sizes)) {
        await api.post(`${volumes}?dryRun=All`, volume(api.own('pv'), { capacity: { storage: size } }), {
          status: 201,
          body: { spec: { capacity: { storage: stored } } },
        });
      }
    },
  },
  {
    name: 'a quantity that is none is 400',
    requests: (api) =>
      api.post(volumes, volume(api.own('pv'), { capacity: { storage: 'much' } }), {
        status: 400,
        reason: 'BadRequest',
      }),
  },
  {
    name: 'a storage class is given its defaults, and its parameters never change',
    async requests(api) {
      const path = '/apis/storage.k8s.io/v1/storageclasses';
      const name = api.own('class');
      const object = {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: { name },
        provisioner: 'none.example.com',
        parameters: { a: 'b' },
      };
      await api.post(path, object, { status: 201, body: { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' } });
      await api.patch('merge', `${path}/${name}`, { parameters: { a: 'c' } }, invalid('parameters FieldValueInvalid'));
      await api.patch('merge', `${path}/${name}`, { provisioner: 'other' }, invalid('provisioner FieldValueInvalid'));
      await api.patch('merge', `${path}/${name}`, { reclaimPolicy: 'Retain' }, invalid());
      await api.patch('merge', `${path}/${name}`, { allowVolumeExpansion: true }, 200);
    },
  },
  {
    name: 'a storage class without a provisioner, or with an unknown binding mode, is 422',
    async requests(api) {
      const path = '/apis/storage.k8s.io/v1/storageclasses';
      const object = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: api.own('class') } };
      await api.post(path, object, invalid('provisioner FieldValueRequired'));
      await api.post(path, { ...object, provisioner: 'x', volumeBindingMode: 'Never' }, invalid());
    },
  },
  {
    name: 'a volume attachment needs an attacher, a node and a volume, and never changes',
    async requests(api) {
      const path = '/apis/storage.k8s.io/v1/volumeattachments';
      const name = api.own('attachment');
      const spec = {
        attacher: 'none.example.com',
        nodeName: 'none',
        source: { persistentVolumeName: `none-${api.id}` },
      };
      const object = { apiVersion: 'storage.k8s.io/v1', kind: 'VolumeAttachment', metadata: { name }, spec };
      await api.post(path, { ...object, spec: {} }, invalid());
      await api.post(path, object, { status: 201, body: { status: { attached: false } } });
      await api.patch('merge', `${path}/${name}`, { spec: { nodeName: 'other' } }, invalid('spec FieldValueInvalid'));
      await api.patch(
        'merge',
        `${path}/${name}/status?dryRun=All`,
        { status: { attached: true, attachmentMetadata: { a: 'b' } } },
        { status: 200, body: { status: { attached: true } } },
      );
    },
  },
  ...setChanges().map(([fact, change, expected]): ContractCase => ({
    name: fact,
    async requests(api) {
      await api.post(`${api.apps}/statefulsets`, statefulSet('a', { volumeClaimTemplates: [template] }), 201, {
        unseen: true,
      });
      const answer = await api.patch('merge', `${api.apps}/statefulsets/a?dryRun=All`, { spec: change }, expected, {
        unseen: true,
      });
      api.observe('answer', answer.status === 200 ? answer.body.spec : answer.body);
    },
  })),
  {
    name: 'a StatefulSet is given its defaults',
    async requests(api) {
      const { body } = await api.post(
        `${api.apps}/statefulsets`,
        statefulSet('a', { volumeClaimTemplates: [template] }),
        201,
      );
      expect(body.spec).toMatchObject({
        podManagementPolicy: 'OrderedReady',
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      });
    },
  },
  ...(
    [
      [
        'whose selector selects other labels',
        { selector: { matchLabels: { app: 'other' } } },
        'spec.template.metadata.labels FieldValueInvalid',
      ],
      [
        'without a selector',
        { selector: undefined },
        'spec.selector FieldValueRequired',
        'spec.template.metadata.labels FieldValueInvalid',
      ],
      ['with a negative number of replicas', { replicas: -1 }, 'spec.replicas FieldValueInvalid'],
      [
        'with an unknown update strategy',
        { updateStrategy: { type: 'Hope' } },
        'spec.updateStrategy FieldValueInvalid',
      ],
      [
        'with an unknown pod management policy',
        { podManagementPolicy: 'Chaos' },
        'spec.podManagementPolicy FieldValueInvalid',
      ],
      [
        'whose pods never restart',
        {
          template: {
            metadata: { labels: { app: 'a' } },
            spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'x' }] },
          },
        },
        'spec.template.spec.restartPolicy FieldValueNotSupported',
      ],
      [
        'without containers',
        { template: { metadata: { labels: { app: 'a' } }, spec: { containers: [] } } },
        'spec.template.spec.containers FieldValueRequired',
      ],
    ] as const
  ).map(([fact, spec, ...causes]): ContractCase => ({
    name: `a StatefulSet ${fact} is 422`,
    requests: (api) => api.post(`${api.apps}/statefulsets`, statefulSet('a', spec), invalid(...causes)),
  })),
];

const template = {
  metadata: { name: 'data' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'none' },
};

function setChanges(): (readonly [string, Fields, Expected])[] {
  const forbidden = invalid('spec FieldValueForbidden');
  return [
    ['the service name of a StatefulSet never changes', { serviceName: 'other' }, forbidden],
    ['the claim templates of a StatefulSet never change', { volumeClaimTemplates: [] }, forbidden],
    ['the pod management policy of a StatefulSet never changes', { podManagementPolicy: 'Parallel' }, forbidden],
    ['the replicas of a StatefulSet may change', { replicas: 3 }, 200],
    ['the template of a StatefulSet may change', { template: { spec: { terminationGracePeriodSeconds: 1 } } }, 200],
    [
      'the update strategy of a StatefulSet may change',
      { updateStrategy: { type: 'OnDelete', rollingUpdate: null } },
      200,
    ],
    [
      'the claim retention policy of a StatefulSet may change',
      { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } },
      200,
    ],
    ['the ordinals of a StatefulSet may change', { ordinals: { start: 5 } }, 200],
    ['the history limit of a StatefulSet may change', { revisionHistoryLimit: 3 }, 200],
  ];
}

async function changeVolume(api: Scope, spec: Fields, expected: Expected): Promise<Answer> {
  const name = api.own('pv');
  await api.post(volumes, volume(name), 201);
  await api.eventually(`${volumes}/${name}`, 20, { status: 200, body: { status: { phase: 'Available' } } });
  return api.patch('merge', `${volumes}/${name}?dryRun=All`, { spec }, expected);
}
