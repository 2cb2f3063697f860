import { failure } from '../registry/status.ts';

export type Form = 'object' | 'table' | 'partial';

const forms: Record<string, Form> = {
  Table: 'table',
  PartialObjectMetadata: 'partial',
  PartialObjectMetadataList: 'partial',
};
const builtInTypes = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';

/** Which form the Accept header asks for, in its order of preference; 406 when none can be served. */
export function formOf(accept: string | undefined, wanted: 'list' | 'single'): { form: Form; isYaml: boolean } {
  for (const range of (accept ?? '*/*').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    const values = Object.fromEntries(parameters.map((parameter) => parameter.split('=', 2) as [string, string]));
    if (type === 'application/yaml' && values.as === undefined) return { form: 'object', isYaml: true };
    if (!['application/json', '*/*', 'application/*'].includes(type)) continue;
    if (values.as === undefined) return { form: 'object', isYaml: false };
    const form = forms[values.as];
    if (form === undefined || values.g !== 'meta.k8s.io' || values.v !== 'v1') continue;
    if (form === 'partial' && (values.as === 'PartialObjectMetadataList') !== (wanted === 'list')) continue;
    return { form, isYaml: false };
  }
  throw notAcceptable(accept);
}

/** Two layers of a real server refuse: one that knows none of the types, one that knows the type but not its parameters. */
export function notAcceptable(accept = ''): Error {
  const isKnown = accept.split(',').some((range) => known.test(range.trim()));
  if (isKnown) return failure(406, 'NotAcceptable', `only the following media types are accepted: ${builtInTypes}`);
  return failure(406, 'NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${builtInTypes}`, {});
}

const known = /^(\*\/\*|application\/(\*|json|yaml|cbor|vnd\.kubernetes\.protobuf))(;|$)/;
