import { fieldsAt, listAt, numberAt, textAt } from '../registry/fields.ts';
import { badRequest, failure, notFound, notSimulated } from '../registry/status.ts';
import type { KubeObject, StatusError } from '../types.ts';
import type { ApiContext, Target } from './context.ts';
import { mustFind } from './read.ts';
import type { ApiRequest } from './request.ts';
import { objectResult, textResult, type Result } from './result.ts';

/** What a simulated pod or Service answers to a GET; a text is sent as it is. Undefined: nobody listens there. */
export type AskInside = (
  at: { readonly namespace: string; readonly resource: string; readonly name: string },
  path: string,
) => { status: number; body: object | string } | undefined;

/**
 * `pods/proxy` and `services/proxy`, by GET and HEAD (pkg/registry/core/service/storage/storage.go, ResourceLocation). The
 * name may have a scheme before it and a port after it. A simulated pod answers on every port.
 */
export function serveProxy(api: ApiContext, target: Target, request: ApiRequest): Result {
  const { info, kind } = target;
  if (!['GET', 'HEAD'].includes(request.method)) throw notSimulated(`${kind.resource}/proxy by ${request.method}`);
  const { name, port } = partsOf(info.name ?? '', kind.resource);
  const found = mustFind(api, { ...target, info: { ...info, name } });
  const isService = kind.resource === 'services';
  if (isService && /^\d+$/.test(port) && !listAt(found, 'spec', 'ports').some((one) => numberAt(one, 'port') === +port))
    throw unavailable(`no service port ${port} found for service "${name}"`);
  const at = { namespace: info.namespace ?? '', resource: kind.resource, name };
  const answer = api.askInside?.(at, /\/proxy(\/.*)?$/.exec(request.path)?.[1] ?? '/');
  if (!answer) throw isService ? noEndpoints(found, name, target) : noMember(found);
  const { status, body } = answer;
  return typeof body === 'string' ? textResult(body, status) : objectResult(body, status);
}

/** Endpoints are made by a controller, for Services with a selector. */
function noEndpoints(service: KubeObject, name: string, { kind }: Target): StatusError {
  const isSelecting = Object.keys(fieldsAt(service, 'spec', 'selector')).length > 0;
  return isSelecting ? unavailable(`no endpoints available for service "${name}"`) : notFound(kind, name);
}

function noMember(pod: KubeObject): StatusError {
  if (textAt(pod, 'status', 'podIP') === '') return badRequest('address not allowed');
  return unavailable('error trying to reach service: connection refused');
}

/** `name`, `name:port` or `scheme:name:port`. */
function partsOf(id: string, resource: string): { name: string; port: string } {
  const parts = id.split(':');
  if (parts.length === 3 && ['', 'http', 'https'].includes(parts[0] ?? '')) parts.shift();
  const [name = '', port = '', ...more] = parts;
  if (name === '' || more.length > 0) throw badRequest(`invalid ${resource.slice(0, -1)} request "${id}"`);
  return { name, port };
}

function unavailable(message: string): StatusError {
  return failure(503, 'ServiceUnavailable', message);
}
