import type { Answer, ContractCase, Expected, Fields, PatchKind, Scope } from '../case.ts';
import { deployment } from './objects.ts';

type Row = readonly [fact: string, kind: PatchKind, patch: unknown, expected: Expected];

const sidecar = { name: 'side', image: 'busybox' };
const container = (fields: Fields): unknown => ({ spec: { template: { spec: { containers: [fields] } } } });

/** Strategic patches of a StatefulSet's or Deployment's template, which has one container `main`. */
const templates: readonly Row[] = [
  [
    'strategic: a container of a new name is added, first',
    'strategic',
    container(sidecar),
    { status: 200, body: { spec: { template: { spec: { containers: [{ name: 'side' }, { name: 'main' }] } } } } },
  ],
  [
    'strategic: a container of a known name is merged',
    'strategic',
    container({ name: 'main', image: 'other' }),
    { status: 200, body: container({ name: 'main', image: 'other' }) },
  ],
  [
    'strategic: $patch: delete takes a list item away by its key',
    'strategic',
    { spec: { template: { spec: { containers: [sidecar, { name: 'main', $patch: 'delete' }] } } } },
    { status: 200, body: container({ name: 'side' }) },
  ],
  [
    'strategic: $patch: replace in a list replaces it',
    'strategic',
    { spec: { template: { spec: { containers: [{ $patch: 'replace' }, sidecar] } } } },
    { status: 200, body: container({ name: 'side' }) },
  ],
  [
    'strategic: $setElementOrder orders a list',
    'strategic',
    {
      spec: {
        template: {
          spec: {
            '$setElementOrder/containers': [{ name: 'main' }, { name: 'side' }],
            containers: [sidecar],
          },
        },
      },
    },
    { status: 200, body: { spec: { template: { spec: { containers: [{ name: 'main' }, { name: 'side' }] } } } } },
  ],
  ['strategic: an item without its key is 500', 'strategic', container({ image: 'x' }), 500],
  [
    'strategic: environment variables merge by name',
    'strategic',
    container({ name: 'main', env: [{ name: 'A', value: '1' }] }),
    200,
  ],
  [
    'strategic: tolerations have no key and are replaced',
    'strategic',
    { spec: { template: { spec: { tolerations: [{ key: 'a', operator: 'Exists' }] } } } },
    200,
  ],
  [
    'strategic: $deleteFromPrimitiveList takes values out of a list',
    'strategic',
    { metadata: { '$deleteFromPrimitiveList/finalizers': ['none'] } },
    200,
  ],
  ['merge: containers are replaced', 'merge', container(sidecar), { status: 200, body: container({ name: 'side' }) }],
  [
    'json: - adds at the end of a list',
    'json',
    [{ op: 'add', path: '/spec/template/spec/containers/-', value: sidecar }],
    { status: 200, body: { spec: { template: { spec: { containers: [{ name: 'main' }, { name: 'side' }] } } } } },
  ],
  [
    'json: an index adds before that item',
    'json',
    [{ op: 'add', path: '/spec/template/spec/containers/0', value: sidecar }],
    { status: 200, body: { spec: { template: { spec: { containers: [{ name: 'side' }, { name: 'main' }] } } } } },
  ],
  [
    'json: an index beyond the end is 422',
    'json',
    [{ op: 'add', path: '/spec/template/spec/containers/9', value: sidecar }],
    { status: 422, reason: 'Invalid' },
  ],
  [
    'json: removing the only container is 422',
    'json',
    [{ op: 'remove', path: '/spec/template/spec/containers/0' }],
    { status: 422, reason: 'Invalid' },
  ],
];

export const listPatches: readonly ContractCase[] = templates.map(([fact, kind, patch, expected]): ContractCase => ({
  name: `patch ${fact}`,
  async requests(api) {
    await api.post(`${api.apps}/deployments`, deployment('a'), 201, { unseen: true });
    await api.patch(kind, `${api.apps}/deployments/a`, patch, expected, { unseen: true });
    await api.get(`${api.apps}/deployments/a`, 200, { unseen: true }).then(seenTemplate(api));
  },
}));

/** A Deployment is written by its controller at its own time: its template is what a patch is about. */
const seenTemplate =
  (api: Scope) =>
  ({ body }: Answer): void => {
    const { template, replicas } = body.spec;
    api.observe('template', { template, replicas, labels: body.metadata['labels'] });
  };
