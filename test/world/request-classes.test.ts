import * as fc from '../property.ts';
import { describe, expect, test } from 'vitest';
import { classOf, REQUEST_CLASSES, type Asked } from '../../src/world/request-classes.ts';

function kube(method: string, path: string, query = ''): Asked {
  return { api: 'kube', method, path, query: new URLSearchParams(query) };
}

describe('requests to Kubernetes', () => {
  test.each([
    ['read', kube('GET', '/api/v1/persistentvolumes')],
    ['read', kube('GET', '/api/v1/persistentvolumes', 'watch=true')],
    ['read', kube('GET', '/api/v1/namespaces/shop/pods/a/log')],
    ['read', kube('HEAD', '/livez')],
    ['review', kube('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews')],
    ['review', kube('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews')],
    ['review', kube('POST', '/apis/authentication.k8s.io/v1/tokenreviews')],
    ['dry-run', kube('PATCH', '/api/v1/persistentvolumes/a', 'dryRun=All')],
    ['dry-run', kube('DELETE', '/api/v1/persistentvolumes/a', 'dryRun=All')],
    ['write', kube('PATCH', '/api/v1/persistentvolumes/a')],
    ['write', kube('POST', '/api/v1/namespaces/shop/serviceaccounts/a/token')],
    ['write', kube('POST', '/apis/velero.io/v1/namespaces/velero/downloadrequests')],
    ['write', kube('PATCH', '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/a')],
    ['lease', kube('POST', '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases')],
    ['lease', kube('PATCH', '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/drctl')],
    ['read', kube('GET', '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/drctl')],
    ['write', kube('DELETE', '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/drctl')],
    ['write', kube('PATCH', '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler')],
    ['write', kube('POST', '/apis/coordination.k8s.io/v1/namespaces/shop/leases')],
    ['write', kube('PUT', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews')],
    ['write', kube('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews/x')],
  ])('%s: %j', (is, asked) => {
    expect(classOf(asked)).toBe(is);
  });

  test.each([
    '/api/v1/namespaces/shop/pods/a/exec',
    '/api/v1/namespaces/shop/pods/a/attach',
    '/api/v1/namespaces/shop/pods/a/portforward',
    '/api/v1/namespaces/shop/pods/a/proxy/admin',
    '/api/v1/namespaces/shop/services/a:80/proxy/delete-all',
    '/api/v1/nodes/n/proxy/run/shop/a/c',
    '/api/v1/namespaces/shop/pods/a/%65xec',
    '/api/v1//namespaces/shop//pods/a//exec',
  ])('a GET that reaches inside is a write, dry run or not: %s', (path) => {
    expect(classOf(kube('GET', path))).toBe('write');
    expect(classOf(kube('POST', path, 'dryRun=All'))).toBe('write');
  });

  test.each([
    ['read', 'GET', '/api/v1/namespaces/shop/pods/kafka-0:7071/proxy/metrics'],
    ['read', 'HEAD', '/api/v1/namespaces/shop/services/web/proxy'],
    ['write', 'POST', '/api/v1/namespaces/shop/services/web/proxy/'],
    ['write', 'GET', '/api/v1/nodes/n/proxy/run/shop/a/c'],
    ['write', 'GET', '/api/v1/namespaces/shop/pods/a/exec'],
    ['write', 'GET', '/api/v1/namespaces/shop/pods/a/proxy/../exec'],
    ['write', 'GET', '/api/v1/namespaces/shop/secrets'],
  ])('a check through a pod or a Service, %s: %s %s', (is, method, path) => {
    expect(classOf({ api: 'proxy', method, path })).toBe(is);
  });

  test('opening a channel into a container is a write, by the GET of a websocket as by POST', () => {
    const path = '/api/v1/namespaces/shop/pods/kafka-0/exec';
    for (const method of ['GET', 'POST'])
      for (const query of ['', 'command=true&stdout=true', 'watch=true', 'dryRun=All'])
        expect(classOf(kube(method, path, query))).toBe('write');
  });

  test.each(['dryRun=', 'dryRun=all', 'dryRun=All&dryRun=', 'dryRun=None', 'dryrun=All', 'x=dryRun=All'])(
    'only exactly dryRun=All is a dry run: %s',
    (query) => {
      expect(classOf(kube('PATCH', '/api/v1/persistentvolumes/a', query))).toBe('write');
    },
  );

  test('whatever is not a GET, a HEAD, a review or a dry run is a write', () => {
    const method = fc.oneof(
      fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'OPTIONS', 'get', 'Get'),
      fc.string(),
    );
    fc.assert(
      fc.property(method, fc.webPath(), (verb, path) => {
        fc.pre(verb !== 'GET' && verb !== 'HEAD');
        expect(classOf(kube(verb, path))).toBe('write');
      }),
    );
  });
});

describe('requests to EC2, STS, HTTP and Prometheus', () => {
  test.each([
    ['read', 'DescribeVolumes', false],
    ['read', 'GetCallerIdentity', false],
    ['dry-run', 'CreateSnapshot', true],
    ['dry-run', 'DeleteVolume', true],
    ['write', 'CreateSnapshot', false],
    ['write', 'DeleteVolume', false],
    ['write', 'GetSessionToken', false],
    ['write', 'describeVolumes', false],
    ['write', 'DeleteVolumeDescribe', false],
    ['write', '', false],
  ] as const)('%s: %s, DryRun %s', (is, action, dryRun) => {
    expect(classOf({ api: 'aws', action, dryRun })).toBe(is);
  });

  test('HTTP is read by GET and HEAD only; PromQL may be asked by POST', () => {
    expect(classOf({ api: 'http', method: 'GET' })).toBe('read');
    expect(classOf({ api: 'http', method: 'POST' })).toBe('write');
    expect(classOf({ api: 'promql', method: 'POST', path: '/api/v1/query' })).toBe('review');
    expect(classOf({ api: 'promql', method: 'POST', path: '/api/v1/admin/tsdb/delete_series' })).toBe('write');
  });

  test('every row says what it is about', () => {
    for (const row of REQUEST_CLASSES) expect(row.what).not.toBe('');
  });
});
