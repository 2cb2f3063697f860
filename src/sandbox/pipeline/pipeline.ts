import { failure, noSuchPath, notFound, notSimulated } from '../registry/status.ts';
import { Audit } from './audit.ts';
import { authenticate, unauthorized } from './authenticate.ts';
import { authorize } from './authorize.ts';
import type { ApiContext, Target } from './context.ts';
import { serveDiscovery } from './discovery.ts';
import { Faults } from './faults.ts';
import type { FaultAction } from './faults.ts';
import { serveNonResource } from './non-resource.ts';
import { neededVerbs, requestInfoOf, withSelectedName } from './request.ts';
import type { ApiRequest, RequestInfo } from './request.ts';
import { serveResource } from './resource.ts';
import { failedResult, textResult } from './result.ts';
import type { Result } from './result.ts';
import { isReview, serveReview } from './reviews.ts';

/**
 * Every request, from the network or from a controller in the same process, goes this way: faults, who is it, may they,
 * the handler, the audit log. Handlers run to their end without yielding, so that reading and writing is one moment.
 */
export class Pipeline {
  readonly #api: ApiContext;
  readonly faults: Faults;
  readonly audit: Audit;

  constructor(api: ApiContext, options: { faults?: Faults; audit?: Audit } = {}) {
    this.#api = api;
    this.faults = options.faults ?? new Faults();
    this.audit = options.audit ?? new Audit();
  }

  /** Never throws: what goes wrong is a Status. */
  async handle(request: ApiRequest): Promise<Result> {
    const info = requestInfoOf(request);
    const fault = this.faults.match({ ...info, client: request.client });
    if (fault?.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
    const result = faultBefore(fault) ?? this.#answer(request, info);
    this.#record(request, info, result);
    return fault ? faultAfter(fault, result) : result;
  }

  #answer(request: ApiRequest, info: RequestInfo): Result {
    try {
      return this.#serve(request, info);
    } catch (error) {
      return failedResult(error);
    }
  }

  #serve(request: ApiRequest, info: RequestInfo): Result {
    const api = this.#api;
    const identity = authenticate(request, api.users);
    for (const verb of neededVerbs(info, request))
      authorize({ ...withSelectedName(info, request), verb }, request.path, identity, api.users);
    if (!info.isResource) {
      const result = serveDiscovery(api.registry, request) ?? serveNonResource(api, request);
      return result ?? textResult('404 page not found\n', 404);
    }
    const kind = api.registry.find(info.group, info.version, info.resource);
    if (!kind) return this.#unknown(info);
    if (kind.namespaced ? info.namespace === undefined && info.name !== undefined : info.namespace !== undefined) {
      throw noSuchPath();
    }
    if (info.subresource !== undefined && !kind.subresources.some((each) => each.name === info.subresource)) {
      // A custom kind's handler looks for the object (apiextensions customresource_handler.go).
      if (kind.custom) throw notFound(kind, info.name ?? '');
      return this.#unknown(info);
    }
    const target: Target = { info, kind, identity };
    return isReview(target) && info.verb === 'create'
      ? serveReview(api, target, request)
      : serveResource(api, target, request);
  }

  #unknown({ group, version, resource, subresource }: RequestInfo): Result {
    const { registry } = this.#api;
    if (registry.isNotSimulated(group, version, resource, subresource)) {
      const title = group === '' ? resource : `${resource}.${group}`;
      throw notSimulated(subresource === undefined ? title : `${title}/${subresource}`);
    }
    if (!registry.hasVersion(group, version) && !registry.hasGroup(group))
      return textResult('404 page not found\n', 404);
    const isCustom = registry.all().some((kind) => kind.group === group && kind.custom);
    if (isCustom && subresource === undefined) return textResult('404 page not found\n', 404);
    throw noSuchPath();
  }

  #record(request: ApiRequest, info: RequestInfo, result: Result): void {
    this.audit.record({
      time: new Date(this.#api.now()).toISOString(),
      client: request.client,
      verb: info.verb,
      path: request.query.size > 0 ? `${request.path}?${request.query.toString()}` : request.path,
      status: result.status,
      dryRun: request.query.getAll('dryRun').includes('All'),
    });
  }
}

function faultBefore(fault: FaultAction | undefined): Result | undefined {
  if (!fault) return undefined;
  if (fault.unauthorized) return failedResult(unauthorized());
  if (fault.dropBefore) return { ...textResult('', 0), break: 'before-reply' };
  if (!fault.status) return undefined;
  const { code, reason, message, retryAfterSeconds } = fault.status;
  const details = retryAfterSeconds === undefined ? undefined : { retryAfterSeconds };
  return failedResult(failure(code, reason, message ?? `the sandbox was told to answer ${code}`, details));
}

function faultAfter(fault: FaultAction, result: Result): Result {
  if (fault.dropAfter) return { ...result, break: 'before-reply' };
  if (fault.partialBody) return { ...result, break: 'half-reply' };
  return result;
}
