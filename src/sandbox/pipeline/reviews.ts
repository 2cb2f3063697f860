import { trackFields } from '../patch/index.ts';
import { fieldsAt, isFields, textAt, textsAt } from '../registry/fields.ts';
import type { Fields } from '../registry/fields.ts';
import { badRequest, failure } from '../registry/status.ts';
import type { JsonObject, KubeObject, ManagedFieldsEntry } from '../types.ts';
import { allowingRule } from './authorize.ts';
import type { Attributes } from './authorize.ts';
import { timestamp } from './context.ts';
import type { ApiContext, Rule, Target } from './context.ts';
import { decodeObject } from './decode.ts';
import { writeParameters } from './options.ts';
import type { ApiRequest, Identity } from './request.ts';
import { objectResult } from './result.ts';
import type { Result } from './result.ts';
import { audience } from './tokens.ts';

type Review = (api: ApiContext, target: Target, review: KubeObject, manager: string) => Fields;

/** Kinds that are asked and answered at once, and never stored: what comes back beside kind and apiVersion. */
const reviews: Record<string, Review> = {
  selfsubjectaccessreviews: (api, target, review, manager) =>
    echoed(api, target, review, manager, accessStatus(api, review, target.identity)),
  subjectaccessreviews: (api, target, review, manager) =>
    echoed(api, target, review, manager, accessStatus(api, review, subjectOf(review))),
  localsubjectaccessreviews: (api, target, review, manager) =>
    echoed(api, target, review, manager, accessStatus(api, review, subjectOf(review))),
  tokenreviews: (api, target, review, manager) => echoed(api, target, review, manager, tokenStatus(api, review)),
  selfsubjectrulesreviews: (api, { identity }, review) => ({
    metadata: {},
    spec: {},
    status: rulesStatus(api, identity, review),
  }),
  selfsubjectreviews: (api, { identity }) => ({
    metadata: { creationTimestamp: timestamp(api.now()) },
    status: { userInfo: userInfoOf(identity) },
  }),
};

export function isReview(target: Target): boolean {
  return reviews[target.kind.resource] !== undefined;
}

export function serveReview(api: ApiContext, target: Target, request: ApiRequest): Result {
  const parameters = writeParameters(request, 'CreateOptions');
  const { object } = decodeObject(api, target.kind, request, parameters.fieldValidation);
  const answer = reviews[target.kind.resource]?.(api, target, object, parameters.fieldManager) ?? {};
  return objectResult({ kind: object.kind, apiVersion: object.apiVersion, ...answer }, 201);
}

/** The question with its answer; like any created object it says who owns its fields. */
function echoed(api: ApiContext, { info }: Target, review: KubeObject, manager: string, status: Fields): Fields {
  const managedFields = ownersOf(api, review, manager);
  const metadata = { ...(info.namespace !== undefined && { namespace: info.namespace }), managedFields };
  return { metadata, spec: fieldsAt(review, 'spec'), status };
}

/** A review's spec is a plain struct: its presence is nobody's. */
export function ownersOf(
  api: ApiContext,
  review: KubeObject,
  manager: string,
  subresource?: string,
): ManagedFieldsEntry[] {
  const { schemas } = api;
  const now = timestamp(api.now());
  const entries = trackFields({ before: undefined, after: review, manager, now, schemas, subresource });
  return entries.map((entry) => {
    const { '.': _present, ...spec } = fieldsAt(entry.fieldsV1, 'f:spec');
    return { ...entry, fieldsV1: { ...entry.fieldsV1, 'f:spec': spec as JsonObject } };
  });
}

function accessStatus(api: ApiContext, review: KubeObject, identity: Identity): Fields {
  const spec = fieldsAt(review, 'spec');
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec;
  if (!isFields(resource) && !isFields(path)) {
    const why = 'Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified';
    throw ambiguous('spec.resourceAttributes', why);
  }
  if (isFields(resource) && isFields(path)) {
    const shown = JSON.stringify({ Path: textAt(path, 'path'), Verb: textAt(path, 'verb') });
    const why = `Invalid value: ${shown}: cannot be specified in combination with resourceAttributes`;
    throw ambiguous('spec.nonResourceAttributes', why);
  }
  const rule = allowingRule(isFields(resource) ? attributesOf(resource) : pathOf(path), identity, api.users);
  return { allowed: rule !== undefined, ...(rule?.because !== undefined && { reason: rule.because }) };
}

function attributesOf(resource: Fields): Attributes {
  const optional = ['subresource', 'namespace', 'name'].filter((name) => textAt(resource, name) !== '');
  return {
    verb: textAt(resource, 'verb'),
    group: textAt(resource, 'group'),
    resource: textAt(resource, 'resource'),
    ...Object.fromEntries(optional.map((name) => [name, textAt(resource, name)])),
  };
}

function pathOf(path: unknown): Attributes {
  return { verb: textAt(path, 'verb'), path: textAt(path, 'path') };
}

/** A real server forgets the kind in this answer. */
function ambiguous(field: string, message: string): Error {
  return failure(422, 'Invalid', `.authorization.k8s.io "" is invalid: ${field}: ${message}`, {
    group: 'authorization.k8s.io',
    causes: [{ reason: 'FieldValueInvalid', message, field }],
  });
}

function subjectOf(review: KubeObject): Identity {
  return { username: textAt(review, 'spec', 'user'), groups: textsAt(review, 'spec', 'groups') };
}

function rulesStatus(api: ApiContext, identity: Identity, review: KubeObject): Fields {
  const namespace = textAt(review, 'spec', 'namespace');
  if (namespace === '') throw badRequest('no namespace on request');
  const rules = [
    ...(identity.groups.includes('system:masters') ? everything : []),
    ...api.users.rulesOf(identity, namespace),
  ];
  return {
    resourceRules: rules.flatMap(({ verbs, apiGroups, resources, resourceNames }) =>
      resources && resources.length > 0
        ? [{ verbs, apiGroups: apiGroups ?? [], resources, ...(resourceNames && { resourceNames }) }]
        : [],
    ),
    nonResourceRules: rules.flatMap(({ verbs, nonResourceURLs }) =>
      nonResourceURLs && nonResourceURLs.length > 0 ? [{ verbs, nonResourceURLs }] : [],
    ),
    incomplete: false,
  };
}

const everything: Rule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

function tokenStatus(api: ApiContext, review: KubeObject): Fields {
  const token = textAt(review, 'spec', 'token');
  if (token === '') throw badRequest('token is required for TokenReview in authentication');
  const identity = api.users.byToken(token);
  if (identity === undefined || identity === 'expired') {
    const isJwt = token.split('.').length === 3;
    const why = isJwt
      ? '[invalid bearer token, go-jose/go-jose: error in cryptographic primitive]'
      : 'invalid bearer token';
    return { user: {}, error: why };
  }
  const wanted = textsAt(review, 'spec', 'audiences');
  if (wanted.length > 0 && !wanted.includes(audience)) {
    const shown = wanted.map((each) => JSON.stringify(each)).join(' ');
    const why = `token audiences ["${audience}"] is invalid for the target audiences [${shown}]`;
    return { user: {}, error: `[invalid bearer token, ${why}]` };
  }
  return { authenticated: true, user: userInfoOf(identity), audiences: [audience] };
}

function userInfoOf({ username, uid, groups, extra }: Identity): Fields {
  return { username, ...(uid !== undefined && { uid }), groups, ...(extra && { extra }) };
}
