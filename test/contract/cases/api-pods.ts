import type { ContractCase, Expected, Fields } from '../case.ts';
import { pod } from './objects.ts';

const invalid = (...causes: string[]): Expected => ({
  status: 422,
  reason: 'Invalid',
  ...(causes.length > 0 && { causes }),
});

type Row = readonly [fact: string, object: Fields, expected: Expected];

const pods: readonly Row[] = [
  [
    'is given its defaults, a service account and its token',
    pod('a'),
    {
      status: 201,
      body: {
        spec: {
          restartPolicy: 'Always',
          dnsPolicy: 'ClusterFirst',
          serviceAccountName: 'default',
          terminationGracePeriodSeconds: 30,
        },
        status: { phase: 'Pending', qosClass: 'BestEffort' },
      },
    },
  ],
  ['without containers is 422', pod('a', { containers: [] }), invalid('spec.containers FieldValueRequired')],
  [
    'with a container without a name is 422',
    pod('a', { containers: [{ image: 'x' }] }),
    invalid('spec.containers[0].name FieldValueRequired'),
  ],
  [
    'with a container without an image is 422',
    pod('a', { containers: [{ name: 'a' }] }),
    invalid('spec.containers[0].image FieldValueRequired'),
  ],
  [
    'with two containers of a name is 422',
    pod('a', {
      containers: [
        { name: 'a', image: 'x' },
        { name: 'a', image: 'x' },
      ],
    }),
    invalid('spec.containers[1].name FieldValueDuplicate'),
  ],
  [
    'with a mount of no volume is 422',
    pod('a', { containers: [{ name: 'a', image: 'x', volumeMounts: [{ name: 'none', mountPath: '/x' }] }] }),
    invalid('spec.containers[0].volumeMounts[0].name FieldValueNotFound'),
  ],
  [
    'with an unknown restart policy is 422',
    pod('a', { restartPolicy: 'Maybe' }),
    invalid('spec.restartPolicy FieldValueNotSupported'),
  ],
  [
    'with a volume without a source is given an empty directory',
    pod('a', { volumes: [{ name: 'v' }] }),
    { status: 201, body: { spec: { volumes: [{ name: 'v', emptyDir: {} }, {}] } } },
  ],
  [
    'with requests and limits alike is Guaranteed',
    pod('a', { containers: [{ name: 'a', image: 'x', resources: { limits: { cpu: '1', memory: '1Gi' } } }] }),
    { status: 201, body: { status: { qosClass: 'Guaranteed' } } },
  ],
  [
    'with a request beyond its limit is 422',
    pod('a', { containers: [{ name: 'a', image: 'x', resources: { limits: { cpu: '1' }, requests: { cpu: '2' } } }] }),
    invalid('spec.containers[0].resources.requests FieldValueInvalid'),
  ],
];

export const podCases: readonly ContractCase[] = pods.map(([fact, object, expected]) => ({
  name: `a pod ${fact}`,
  requests: (api) => api.post(`${api.core}/pods`, object, expected),
}));
