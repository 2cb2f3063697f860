import type { Kind } from '../registry/kind.ts';
import { failure } from '../registry/status.ts';

export type Form = 'object' | 'table' | 'partial' | 'partialList';

const forms: Record<string, Form> = {
  Table: 'table',
  PartialObjectMetadata: 'partial',
  PartialObjectMetadataList: 'partialList',
};
const builtInTypes = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';

/** Which form the Accept header asks for, in its order of preference; 406 when none can be served. */
export function formOf(accept: string | undefined): { form: Form; isYaml: boolean } {
  for (const range of (accept ?? '*/*').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    const values = Object.fromEntries(parameters.map((parameter) => parameter.split('=', 2) as [string, string]));
    if (type === 'application/yaml' && values.as === undefined) return { form: 'object', isYaml: true };
    if (!['application/json', '*/*', 'application/*'].includes(type)) continue;
    if (values.as === undefined) return { form: 'object', isYaml: false };
    const form = forms[values.as];
    if (form === undefined || values.g !== 'meta.k8s.io' || values.v !== 'v1') continue;
    return { form, isYaml: false };
  }
  throw notAcceptable(accept);
}

/** A list asked for as the metadata of one object, or one object as that of a list, is refused without a second choice. */
export function refuseMisfit(form: Form, kind: Kind, wanted: 'list' | 'single'): void {
  const goPackage = kind.group === '' ? 'core' : (kind.group.split('.')[0] ?? '');
  const type = kind.custom ? 'unstructured.Unstructured' : `${goPackage}.${kind.kind}`;
  if (form === 'partial' && wanted === 'list')
    throw misfit(`PartialObjectMetadata, but the requested object is a list (*${type}List)`);
  if (form === 'partialList' && wanted === 'single')
    throw misfit(`PartialObjectMetadataList, but the requested object is not a list (*${type})`);
}

const misfit = (why: string): Error => failure(406, 'NotAcceptable', `you requested ${why}`);

/** Two layers of a real server refuse: one that knows none of the types, one that knows the type but not its parameters. */
export function notAcceptable(accept = ''): Error {
  const isKnown = accept.split(',').some((range) => known.test(range.trim()));
  if (isKnown) return failure(406, 'NotAcceptable', `only the following media types are accepted: ${builtInTypes}`);
  return failure(406, 'NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${builtInTypes}`, {});
}

const known = /^(\*\/\*|application\/(\*|json|yaml|cbor|vnd\.kubernetes\.protobuf))(;|$)/;
