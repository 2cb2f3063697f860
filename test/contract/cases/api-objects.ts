import type { ContractCase } from '../case.ts';
import { configMap } from './objects.ts';

export const objects: readonly ContractCase[] = [
  {
    name: 'creating a name again is refused with 409 AlreadyExists',
    async requests(api) {
      await api.post(`${api.core}/configmaps`, configMap('a', { data: { x: '1' } }), 201);
      await api.post(`${api.core}/configmaps`, configMap('a'), {
        status: 409,
        reason: 'AlreadyExists',
        message: 'configmaps "a" already exists',
      });
    },
  },
  {
    name: 'what is not there is 404 NotFound, which names resource and name',
    async requests(api) {
      const expected = { status: 404, reason: 'NotFound', message: 'configmaps "none" not found' };
      await api.get(`${api.core}/configmaps/none`, expected);
      await api.delete(`${api.core}/configmaps/none`, expected);
      await api.patch('merge', `${api.core}/configmaps/none`, {}, expected);
      await api.put(`${api.core}/configmaps/none`, configMap('none'), expected);
    },
  },
  {
    name: 'a watch shows what is there and then what happens, in order',
    async requests(api) {
      const path = `${api.core}/services`;
      await api.watch(`${path}?watch=1`, {
        events: 2,
        during: async () => {
          const service = {
            apiVersion: 'v1',
            kind: 'Service',
            metadata: { name: 'a' },
            spec: { ports: [{ port: 80 }] },
          };
          await api.post(path, service, 201, { unseen: true });
          await api.delete(`${path}/a`, 200, undefined, { unseen: true });
        },
        expected: [['ADDED', { metadata: { name: 'a' } }], ['DELETED']],
      });
    },
  },
];
