import { fieldsAt, isFields, textAt } from '../registry/fields.ts';
import type { Fields } from '../registry/fields.ts';
import { badRequest, invalid } from '../registry/status.ts';
import { isAllowed } from './authorize.ts';
import type { Attributes } from './authorize.ts';

import type { ApiContext, Target } from './context.ts';
import { decodeObject } from './decode.ts';
import type { ApiRequest, Identity } from './request.ts';
import { objectResult } from './result.ts';
import type { Result } from './result.ts';

type Review = (api: ApiContext, target: Target, object: Fields) => Fields;

/** Kinds that are asked and answered at once, and never stored. */
const reviews: Record<string, Review> = {
  selfsubjectaccessreviews: (api, { identity }, review) => accessStatus(api, review, identity),
  subjectaccessreviews: (api, _target, review) => accessStatus(api, review, subjectOf(review)),
  localsubjectaccessreviews: (api, _target, review) => accessStatus(api, review, subjectOf(review)),
  selfsubjectrulesreviews: (api, { identity }, review) => rulesStatus(api, identity, review),
  selfsubjectreviews: (_api, { identity }) => ({ userInfo: userInfoOf(identity) }),
  tokenreviews: (api, _target, review) => tokenStatus(api, review),
};

export function isReview(target: Target): boolean {
  return reviews[target.kind.resource] !== undefined;
}

export function serveReview(api: ApiContext, target: Target, request: ApiRequest): Result {
  const { object } = decodeObject(api, target.kind, request, 'Ignore');
  const review = reviews[target.kind.resource];
  const status = review?.(api, target, object) ?? {};
  const metadata = {};
  return objectResult({ kind: object.kind, apiVersion: object.apiVersion, metadata, ...specOf(object), status }, 201);
}

function specOf(object: Fields | { spec?: unknown }): Fields {
  return isFields(object.spec) ? { spec: object.spec } : {};
}

function accessStatus(api: ApiContext, review: Fields, identity: Identity): Fields {
  const spec = fieldsAt(review, 'spec');
  const resource = spec.resourceAttributes;
  const path = spec.nonResourceAttributes;
  if (isFields(resource) === isFields(path)) throw ambiguous(review, isFields(resource));
  const attributes: Attributes = isFields(resource)
    ? {
        verb: textAt(resource, 'verb'),
        group: textAt(resource, 'group'),
        resource: textAt(resource, 'resource'),
        ...(textAt(resource, 'subresource') !== '' && { subresource: textAt(resource, 'subresource') }),
        ...(textAt(resource, 'namespace') !== '' && { namespace: textAt(resource, 'namespace') }),
        ...(textAt(resource, 'name') !== '' && { name: textAt(resource, 'name') }),
      }
    : { verb: textAt(path, 'verb'), path: textAt(path, 'path') };
  return { allowed: isAllowed(attributes, identity, api.users) };
}

function ambiguous(review: Fields, both: boolean): Error {
  const message = both
    ? 'Invalid value: null: cannot be specified in combination with resourceAttributes'
    : 'Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified';
  const kind = { group: 'authorization.k8s.io', kind: textAt(review, 'kind') };
  const field = both ? 'spec.nonResourceAttributes' : 'spec.resourceAttributes';
  return invalid(kind, '', [{ reason: 'FieldValueInvalid', message, field }]);
}

function subjectOf(review: Fields): Identity {
  const spec = fieldsAt(review, 'spec');
  const groups = Array.isArray(spec.groups) ? spec.groups.filter((each) => typeof each === 'string') : [];
  return { username: textAt(spec, 'user'), groups };
}

function rulesStatus(api: ApiContext, identity: Identity, review: Fields): Fields {
  const namespace = textAt(review, 'spec', 'namespace');
  if (namespace === '') throw badRequest('no namespace on request');
  const all = identity.groups.includes('system:masters');
  const rules = all
    ? [
        { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
        { verbs: ['*'], nonResourceURLs: ['*'] },
      ]
    : api.users.rulesOf(identity, namespace);
  return {
    resourceRules: rules
      .filter((rule) => 'resources' in rule && rule.resources)
      .map((rule) => ({
        verbs: rule.verbs,
        apiGroups: 'apiGroups' in rule ? rule.apiGroups : [],
        resources: 'resources' in rule ? rule.resources : [],
        ...('resourceNames' in rule && rule.resourceNames && { resourceNames: rule.resourceNames }),
      })),
    nonResourceRules: rules
      .filter((rule) => 'nonResourceURLs' in rule && rule.nonResourceURLs)
      .map((rule) => ({ verbs: rule.verbs, nonResourceURLs: 'nonResourceURLs' in rule ? rule.nonResourceURLs : [] })),
    incomplete: false,
  };
}

function tokenStatus(api: ApiContext, review: Fields): Fields {
  const token = textAt(review, 'spec', 'token');
  if (token === '') throw badRequest('token is required for TokenReview in authentication');
  const identity = api.users.byToken(token);
  if (identity === undefined || identity === 'expired') {
    return { user: {}, error: '[invalid bearer token, token lookup failed]' };
  }
  return {
    authenticated: true,
    user: userInfoOf(identity),
    audiences: ['https://kubernetes.default.svc.cluster.local'],
  };
}

function userInfoOf(identity: Identity): Fields {
  const { username, uid, groups, extra } = identity;
  return { username, ...(uid !== undefined && { uid }), groups, ...(extra && { extra }) };
}
