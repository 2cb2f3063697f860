import { fieldsAt, isFields, numberAt, textAt } from '../registry/fields.ts';
import type { Fields } from '../registry/fields.ts';
import { badRequest, conflict, internal, invalid, notFound } from '../registry/status.ts';
import type { Cause } from '../registry/status.ts';
import type { KubeObject } from '../types.ts';
import { timestamp } from './context.ts';
import type { ApiContext, Target } from './context.ts';
import { decodeBody } from './decode.ts';
import { writeParameters } from './options.ts';
import { mustFind } from './read.ts';
import { deleteObject } from './remove.ts';
import type { ApiRequest } from './request.ts';
import { objectResult } from './result.ts';
import type { Result } from './result.ts';
import { ownersOf } from './reviews.ts';
import { audience } from './tokens.ts';
import { replaceStored } from './write.ts';

type Order = (api: ApiContext, target: Target, request: ApiRequest, body: Fields) => Result;

/** Subresources that are POSTed: orders about an object, not objects. */
const orders: Record<string, Order> = { binding: bind, eviction: evict, token: issueToken };

export function serveOrder(api: ApiContext, target: Target, request: ApiRequest): Result | undefined {
  const order = orders[target.info.subresource ?? ''];
  if (!order) return undefined;
  const body = decodeBody(request, target.kind.kind);
  if (!isFields(body)) throw badRequest('the body of the request is no object');
  return order(api, target, request, body);
}

const done = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
const topologyLabels = ['topology.kubernetes.io/region', 'topology.kubernetes.io/zone'];

/** The scheduler's word: the pod belongs to a node, and takes the node's place in the world as labels. */
function bind(api: ApiContext, target: Target, request: ApiRequest, binding: Fields): Result {
  const pod = mustFind(api, target);
  const name = pod.metadata.name ?? '';
  const assigned = textAt(pod, 'spec', 'nodeName');
  const subject = { group: '', resource: 'pods/binding' };
  if (assigned !== '') throw conflict(subject, name, `pod ${name} is already assigned to node "${assigned}"`);
  if (pod.metadata.deletionTimestamp !== undefined) {
    throw conflict(subject, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  }
  const uid = textAt(binding, 'metadata', 'uid');
  if (uid !== '' && uid !== pod.metadata.uid)
    throw conflict(subject, name, `the uid in the binding (${uid}) is another pod's`);
  const nodeName = textAt(binding, 'target', 'name');
  if (nodeName === '') throw internal('target.name: Required value');
  if (request.query.get('dryRun') !== 'All') replaceStored(api, target, assignedTo(api, pod, nodeName));
  return objectResult(done, 201);
}

function assignedTo(api: ApiContext, pod: KubeObject, nodeName: string): KubeObject {
  const nodeLabels = api.store.get('nodes', nodeName)?.metadata.labels ?? {};
  const labels = { ...pod.metadata.labels };
  for (const label of topologyLabels) if (nodeLabels[label] !== undefined) labels[label] = nodeLabels[label];
  const condition = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: timestamp(api.now()),
  };
  const conditions = fieldsAt(pod, 'status').conditions;
  const others = Array.isArray(conditions) ? conditions.filter((each) => textAt(each, 'type') !== 'PodScheduled') : [];
  return {
    ...pod,
    metadata: { ...pod.metadata, ...(Object.keys(labels).length > 0 && { labels }) },
    spec: { ...fieldsAt(pod, 'spec'), nodeName },
    status: { ...fieldsAt(pod, 'status'), conditions: [...others, condition] },
  };
}

/** Without disruption budgets, which are not simulated, nothing stands in the way of an eviction. */
function evict(api: ApiContext, target: Target, request: ApiRequest, eviction: Fields): Result {
  const { subresource: _subresource, ...info } = target.info;
  const options = fieldsAt(eviction, 'deleteOptions');
  const body = Object.keys(options).length === 0 ? '' : JSON.stringify(options);
  deleteObject(api, { ...target, info }, { ...request, body });
  return objectResult(done, 201);
}

function issueToken(api: ApiContext, target: Target, request: ApiRequest, review: Fields): Result {
  const account = mustFind(api, target);
  const spec = fieldsAt(review, 'spec');
  const seconds = spec.expirationSeconds === undefined ? 3600 : numberAt(spec, 'expirationSeconds');
  refuseLifetime(seconds);
  const { name = '', namespace = '', uid = '' } = account.metadata;
  const reference = isFields(spec.boundObjectRef) ? spec.boundObjectRef : null;
  if (reference) refuseMissing(api, namespace, reference);
  const issued = Math.floor(api.now() / 1000);
  const audiences = Array.isArray(spec.audiences) ? (spec.audiences as unknown[]) : [audience];
  const defaulted = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: {},
    spec: { ...spec, expirationSeconds: seconds },
  };
  const managedFields = ownersOf(api, defaulted, writeParameters(request, 'CreateOptions').fieldManager, 'token');
  const token = api.users.sign({
    aud: audiences,
    exp: issued + seconds,
    iat: issued,
    iss: audience,
    jti: api.newUid(),
    'kubernetes.io': { namespace, serviceaccount: { name, uid } },
    nbf: issued,
    sub: `system:serviceaccount:${namespace}:${name}`,
  });
  return objectResult(
    {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name, namespace, uid, creationTimestamp: timestamp(api.now()), managedFields },
      spec: { audiences, expirationSeconds: seconds, boundObjectRef: reference },
      status: { token, expirationTimestamp: timestamp((issued + seconds) * 1000) },
    },
    201,
  );
}

function refuseLifetime(seconds: number): void {
  const kind = { group: 'authentication.k8s.io', kind: 'TokenRequest' };
  const refuse = (why: string): Error => {
    const message = `Invalid value: ${seconds}: may not specify a duration ${why}`;
    const cause: Cause = { reason: 'FieldValueInvalid', message, field: 'spec.expirationSeconds' };
    return invalid(kind, '', [cause]);
  };
  if (seconds < 600) throw refuse('less than 10 minutes');
  if (seconds > 2 ** 32) throw refuse('larger than 2^32 seconds');
}

function refuseMissing(api: ApiContext, namespace: string, reference: Fields): void {
  const resource = `${textAt(reference, 'kind').toLowerCase()}s`;
  const name = textAt(reference, 'name');
  if (!api.store.get(resource, `${namespace}/${name}`)) throw notFound({ group: '', resource }, name);
}
