import type { ContractCase } from '../case.ts';
import { pod, service } from './objects.ts';

/** How far an API server comes by itself, where nobody is behind it. */
export const proxies: readonly ContractCase[] = [
  {
    name: 'proxy: a pod that is not there is 404, with or without a scheme and a port',
    async requests(api) {
      for (const name of ['none', 'none:8080', 'http:none:8080'])
        await api.get(`${api.core}/pods/${name}/proxy/health`, {
          status: 404,
          reason: 'NotFound',
          body: { message: 'pods "none" not found' },
        });
    },
  },
  {
    name: 'proxy: a name of too many parts is 400',
    async requests(api) {
      await api.get(`${api.core}/pods/a:b:c:d/proxy/`, { status: 400, reason: 'BadRequest' });
      await api.get(`${api.core}/services/a:b:c:d/proxy/`, { status: 400, reason: 'BadRequest' });
    },
  },
  {
    name: 'proxy: a port that the Service has not is 503',
    async requests(api) {
      await api.post(`${api.core}/services`, service('web'), 201);
      await api.get(`${api.core}/services/web:81/proxy/`, {
        status: 503,
        reason: 'ServiceUnavailable',
        body: { message: 'no service port 81 found for service "web"' },
      });
    },
  },
  {
    name: 'proxy: a Service that is not there is 404, and so is one whose endpoints nobody makes',
    async requests(api) {
      await api.get(`${api.core}/services/none:80/proxy/`, { status: 404, reason: 'NotFound' });
      await api.post(`${api.core}/services`, service('web', { selector: null }), 201);
      await api.get(`${api.core}/services/web:80/proxy/`, {
        status: 404,
        reason: 'NotFound',
        body: { message: 'services "web" not found' },
      });
    },
  },
  {
    name: 'proxy: a pod without an address is 400',
    async requests(api) {
      await api.post(`${api.core}/pods`, pod('a'), 201);
      await api.get(`${api.core}/pods/a:8080/proxy/health`, {
        status: 400,
        reason: 'BadRequest',
        body: { message: 'address not allowed' },
      });
    },
  },
];
