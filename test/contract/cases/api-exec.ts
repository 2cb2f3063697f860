import type { ContractCase } from '../case.ts';
import { pod } from './objects.ts';

/** What is decided before a channel is opened, and so without a node: asked without an upgrade, as anybody may. */
export const execs: readonly ContractCase[] = [
  {
    name: 'exec: a pod without a node is 400, by GET and by POST',
    async requests(api) {
      await api.post(`${api.core}/pods`, pod('a'), 201);
      const path = `${api.core}/pods/a/exec?command=true&stdout=true`;
      const refused = { status: 400, reason: 'BadRequest', body: { message: 'pod a does not have a host assigned' } };
      await api.get(path, refused);
      await api.post(path, {}, refused);
    },
  },
  {
    name: 'exec: a container that the pod has not is 400, before its node is looked at',
    async requests(api) {
      await api.post(`${api.core}/pods`, pod('a'), 201);
      const message = 'container other is not valid for pod a';
      await api.get(`${api.core}/pods/a/exec?container=other`, {
        status: 400,
        reason: 'BadRequest',
        body: { message },
      });
    },
  },
  {
    name: 'exec: of several containers one must be named, and all are said',
    async requests(api) {
      const containers = ['b', 'a'].map((name) => ({ name, image: 'busybox' }));
      await api.post(
        `${api.core}/pods`,
        pod('a', { containers, initContainers: [{ name: 'i', image: 'busybox' }] }),
        201,
      );
      const message = 'a container name must be specified for pod a, choose one of: [i b a]';
      await api.get(`${api.core}/pods/a/exec?command=true`, { status: 400, reason: 'BadRequest', body: { message } });
      const host = 'pod a does not have a host assigned';
      await api.get(`${api.core}/pods/a/exec?container=i`, {
        status: 400,
        reason: 'BadRequest',
        body: { message: host },
      });
    },
  },
  {
    name: 'exec: a pod that is not there is 404, and any other method 405',
    async requests(api) {
      await api.get(`${api.core}/pods/none/exec?command=true`, { status: 404, reason: 'NotFound' });
      await api.post(`${api.core}/pods/none/exec`, {}, { status: 404, reason: 'NotFound' });
      await api.put(`${api.core}/pods/none/exec`, {}, { status: 405, reason: 'MethodNotAllowed' });
      await api.delete(`${api.core}/pods/none/exec`, { status: 405, reason: 'MethodNotAllowed' });
    },
  },
];
