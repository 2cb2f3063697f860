import { isJsonObject } from '../../model/json.ts';
import { groupOf } from '../../model/object-ref.ts';
import type {
  AccessQuery,
  KubeListOptions,
  KubeName,
  KubeObject,
  KubeReader,
  KubeResource,
  KubeWrite,
} from '../../ports/read-world.ts';
import { CannotSee } from '../trouble.ts';
import { isNotFound } from './answers.ts';
import type { KubeApi } from './api.ts';
import type { Discovery } from './discovery.ts';
import { listAll } from './list.ts';
import { objectPath } from './paths.ts';
import { callOf, targetOf } from './writes.ts';

const ACCESS_REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

/** Reads of one API server, as the port promises them: whole, or CannotSee. */
export function kubeReader(api: KubeApi, discovery: Discovery): KubeReader {
  return {
    async get(name: KubeName): Promise<KubeObject | undefined> {
      const resource = await discovery.served(name.apiVersion, name.kind);
      const what = `${name.kind} ${name.namespace === undefined ? '' : `${name.namespace}/`}${name.name}`;
      const answer = await api.ask({ what, method: 'GET', path: objectPath(resource, name.name, name.namespace) });
      if (!('failure' in answer)) return answer.object as unknown as KubeObject;
      if (isNotFound(answer, name.name)) return undefined;
      throw new CannotSee(what, answer.failure);
    },
    async list(apiVersion: string, kind: string, options: KubeListOptions = {}): Promise<readonly KubeObject[]> {
      return listAll(api, await discovery.served(apiVersion, kind), options, (object) => object);
    },
    async facts(apiVersion, kind, options, factsOf) {
      return listAll(api, await discovery.served(apiVersion, kind), options, factsOf);
    },
    resource: (apiVersion: string, kind: string): Promise<KubeResource | undefined> =>
      discovery.resource(apiVersion, kind),
    access: (query: AccessQuery) => reviewAccess(api, discovery, query),
    async dryRun(write: KubeWrite) {
      const { apiVersion, kind } = targetOf(write);
      const call = callOf(write, await discovery.served(apiVersion, kind), true);
      const answer = await api.ask(call);
      if (!('failure' in answer)) return { object: answer.object as unknown as KubeObject };
      const { status, reason, trouble } = answer.failure;
      if (trouble === 'unauthorized' || status === undefined) throw new CannotSee(call.what, answer.failure);
      return { refused: reason, status };
    },
  };
}

async function reviewAccess(api: KubeApi, discovery: Discovery, query: AccessQuery) {
  const { resource } = await discovery.served(query.apiVersion, query.kind);
  const slash = query.apiVersion.indexOf('/');
  const review = await api.read({
    what: `whether we may ${query.verb} ${resource}`,
    method: 'POST',
    path: ACCESS_REVIEWS,
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: {
        resourceAttributes: {
          verb: query.verb,
          group: groupOf(query.apiVersion),
          version: query.apiVersion.slice(slash + 1),
          resource,
          ...(query.subresource !== undefined && { subresource: query.subresource }),
          ...(query.namespace !== undefined && { namespace: query.namespace }),
          ...(query.name !== undefined && { name: query.name }),
        },
      },
    },
  });
  const status = isJsonObject(review['status']) ? review['status'] : {};
  const words = [status['reason'], status['evaluationError']].filter(
    (one): one is string => typeof one === 'string' && one !== '',
  );
  const allowed = status['allowed'] === true && status['denied'] !== true;
  return { allowed, reason: words.join('; ') || (allowed ? 'allowed' : 'no rule allows it') };
}
