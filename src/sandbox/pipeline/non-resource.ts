import { notSimulated } from '../registry/status.ts';
import type { ApiContext } from './context.ts';
import type { ApiRequest } from './request.ts';
import { objectResult, textResult } from './result.ts';
import type { Result } from './result.ts';

/** The version whose answers the sandbox gives; `drctl` in it tells a person what they are talking to. */
const version = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.2+drctl-sandbox',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2026-07-23T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: '',
};

/** Paths that are neither discovery nor resources. Undefined: there is none. */
export function serveNonResource(api: ApiContext, request: ApiRequest): Result | undefined {
  switch (request.path) {
    case '/version':
    case '/version/':
      return objectResult(version);
    case '/healthz':
    case '/livez':
    case '/readyz':
      return textResult('ok');
    case '/':
      return objectResult({ paths: rootPaths(api) });
    case '/openapi/v3':
      return objectResult(api.schemas.openApiIndex());
    case '/openapi/v2':
      throw notSimulated('OpenAPI v2; clients fall back on /openapi/v3');
    default:
      return request.path.startsWith('/openapi/v3/') ? openApiDocument(api, request.path) : undefined;
  }
}

function openApiDocument(api: ApiContext, path: string): Result | undefined {
  const document = api.schemas.openApiDocument(path.slice('/openapi/v3/'.length));
  return document && objectResult(document);
}

function rootPaths({ registry }: ApiContext): string[] {
  const versions = registry
    .all()
    .flatMap(({ group, version }) =>
      group === '' ? ['/api', `/api/${version}`] : ['/apis', `/apis/${group}`, `/apis/${group}/${version}`],
    );
  return [...new Set([...versions, '/healthz', '/livez', '/openapi/v3', '/readyz', '/version'])].toSorted();
}
