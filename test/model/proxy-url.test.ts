import { describe, expect, it } from 'vitest';
import * as fc from '../property.ts';
import { isProxyPath, proxyScopesOf, proxyUrlOf } from '../../src/model/proxy-url.ts';

const BASE = '/api/v1/namespaces/shop';

describe('an address through an API server', () => {
  it.each([
    [`cluster:${BASE}/pods/kafka-0:7071/proxy/metrics`, 'cluster', 'pods', 'kafka-0:7071', '/metrics', ''],
    [`cluster:${BASE}/pods/kafka-0/proxy`, 'cluster', 'pods', 'kafka-0', '', ''],
    [`cluster:${BASE}/services/https:web:https/proxy/`, 'cluster', 'services', 'https:web:https', '/', ''],
    [
      `argocd:${BASE}/services/p.x:9090/proxy/api/v1/query?query=up`,
      'argocd',
      'services',
      'p.x:9090',
      '/api/v1/query',
      '?query=up',
    ],
    [`cluster:${BASE}/pods/a/proxy/x/../y%2Fz`, 'cluster', 'pods', 'a', '/y%2Fz', ''],
  ])('%s', (url, endpoint, resource, name, path, search) => {
    const expected = {
      endpoint,
      resource,
      namespace: 'shop',
      name,
      path: `${BASE}/${resource}/${name}/proxy${path}`,
      search,
    };
    expect(proxyUrlOf(url)).toEqual(expected);
  });

  it.each([
    'http://kafka-0:7071/metrics',
    'cluster:',
    'cluster://api/v1/namespaces/shop/pods/a/proxy/',
    'cluster:/api/v1/nodes/n/proxy/run/shop/a/c',
    `cluster:${BASE}/pods/a/exec?command=rm`,
    `cluster:${BASE}/pods/a/proxy/../exec?command=rm`,
    `cluster:${BASE}/pods/a/proxy/%2e%2e/exec`,
    `cluster:${BASE}/pods/a%2Fexec/proxy/`,
    `cluster:${BASE}/pods/a/proxyx`,
    'cluster:/apis/apps/v1/namespaces/shop/pods/a/proxy/',
    'cluster:/api/v1/namespaces/../../x/pods/a/proxy/',
    `other:${BASE}/pods/a/proxy/`,
  ])('is none: %s', (url) => {
    expect(proxyUrlOf(url)).toBeUndefined();
    expect(proxyScopesOf(url)).toEqual([]);
  });

  it('leads behind the pod or Service that it names, whatever is written after it', () => {
    fc.assert(
      fc.property(fc.string(), fc.webPath(), (text, web) => {
        for (const rest of [text, web]) {
          const way = proxyUrlOf(`cluster:${BASE}/pods/a/proxy/${rest}`);
          if (way === undefined) continue;
          expect(way.path.startsWith(`${BASE}/pods/a/proxy`)).toBe(true);
          expect(isProxyPath(way.path)).toBe(true);
        }
      }),
    );
  });

  it('takes the right to read through it, and no other', () => {
    expect(proxyScopesOf(`cluster:${BASE}/services/web/proxy/`)).toMatchObject([
      {
        endpoint: 'cluster',
        verbs: ['get'],
        kinds: ['Service'],
        subresource: 'proxy',
        namespaces: ['shop'],
        atMost: 0,
      },
    ]);
  });
});
