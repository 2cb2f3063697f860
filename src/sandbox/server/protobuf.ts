/**
 * The few messages that kubectl sends as protobuf whatever the server accepts: creates through its typed client (`create
 * namespace`, `create configmap`, `create token`) and reviews (`auth can-i`, `auth whoami`). Field numbers are those of
 * the generated.proto files of k8s.io/api and k8s.io/apimachinery.
 */
type Shape = Record<number, Field>;
interface Field {
  name: string;
  type: 'text' | 'bytes' | 'number' | 'flag' | 'texts' | 'map' | 'bytesMap' | { message: Shape } | { messages: Shape };
}

const owner: Shape = {
  1: { name: 'kind', type: 'text' },
  3: { name: 'name', type: 'text' },
  4: { name: 'uid', type: 'text' },
  5: { name: 'apiVersion', type: 'text' },
  6: { name: 'controller', type: 'flag' },
  7: { name: 'blockOwnerDeletion', type: 'flag' },
};
const metadata: Shape = {
  1: { name: 'name', type: 'text' },
  2: { name: 'generateName', type: 'text' },
  3: { name: 'namespace', type: 'text' },
  5: { name: 'uid', type: 'text' },
  6: { name: 'resourceVersion', type: 'text' },
  11: { name: 'labels', type: 'map' },
  12: { name: 'annotations', type: 'map' },
  13: { name: 'ownerReferences', type: { messages: owner } },
  14: { name: 'finalizers', type: 'texts' },
};
const withMetadata = (more: Shape): Shape => ({ 1: { name: 'metadata', type: { message: metadata } }, ...more });
const withSpec = (spec: Shape): Shape => withMetadata({ 2: { name: 'spec', type: { message: spec } } });
const texts = (...names: string[]): Shape =>
  Object.fromEntries(names.map((name, index) => [index + 1, { name, type: 'text' as const }]));

const resourceAttributes = texts('namespace', 'verb', 'group', 'version', 'resource', 'subresource', 'name');
const messages: Record<string, Shape> = {
  'v1 Namespace': withSpec({ 1: { name: 'finalizers', type: 'texts' } }),
  'v1 ConfigMap': withMetadata({
    2: { name: 'data', type: 'map' },
    3: { name: 'binaryData', type: 'bytesMap' },
    4: { name: 'immutable', type: 'flag' },
  }),
  'v1 Secret': withMetadata({
    2: { name: 'data', type: 'bytesMap' },
    3: { name: 'type', type: 'text' },
    4: { name: 'stringData', type: 'map' },
    5: { name: 'immutable', type: 'flag' },
  }),
  'v1 ServiceAccount': withMetadata({}),
  'authorization.k8s.io/v1 SelfSubjectAccessReview': withSpec({
    1: { name: 'resourceAttributes', type: { message: resourceAttributes } },
    2: { name: 'nonResourceAttributes', type: { message: texts('path', 'verb') } },
  }),
  'authorization.k8s.io/v1 SelfSubjectRulesReview': withSpec(texts('namespace')),
  'authentication.k8s.io/v1 SelfSubjectReview': withMetadata({}),
  'authentication.k8s.io/v1 TokenRequest': withSpec({
    1: { name: 'audiences', type: 'texts' },
    3: { name: 'boundObjectRef', type: { message: texts('kind', 'apiVersion', 'name', 'uid') } },
    4: { name: 'expirationSeconds', type: 'number' },
  }),
};

const magic = Buffer.from('k8s\0');
const envelope: Shape = {
  1: { name: 'typeMeta', type: { message: texts('apiVersion', 'kind') } },
  2: { name: 'raw', type: 'bytes' },
};

/** The object that the bytes say, with apiVersion and kind; undefined for a kind that is not in the table above. */
export function decodeProtobuf(bytes: Buffer): Record<string, unknown> | undefined {
  if (!bytes.subarray(0, magic.length).equals(magic)) return undefined;
  const { typeMeta = {}, raw } = decodeMessage(bytes.subarray(magic.length), envelope) as {
    typeMeta?: { apiVersion?: string; kind?: string };
    raw?: Buffer;
  };
  const { apiVersion = '', kind = '' } = typeMeta;
  const shape = messages[`${apiVersion} ${kind}`];
  return shape && { apiVersion, kind, ...decodeMessage(raw ?? Buffer.alloc(0), shape) };
}

function decodeMessage(bytes: Buffer, shape: Shape): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const { number, value } of fieldsOf(bytes)) {
    const field = shape[number];
    if (field) add(object, field, value);
  }
  return object;
}

function add(object: Record<string, unknown>, { name, type }: Field, value: number | Buffer): void {
  if (typeof value === 'number') {
    object[name] = type === 'flag' ? value !== 0 : value;
  } else if (type === 'bytes') {
    object[name] = value;
  } else if (type === 'text') {
    if (value.length > 0) object[name] = value.toString('utf8');
  } else if (type === 'texts') {
    object[name] = [...((object[name] as string[] | undefined) ?? []), value.toString('utf8')];
  } else if (type === 'map' || type === 'bytesMap') {
    const { key = '', value: text } = decodeMessage(value, {
      1: { name: 'key', type: 'text' },
      2: { name: 'value', type: 'bytes' },
    });
    const content = text instanceof Buffer ? text : Buffer.alloc(0);
    const entry = { [key as string]: content.toString(type === 'map' ? 'utf8' : 'base64') };
    object[name] = { ...(object[name] as Record<string, string> | undefined), ...entry };
  } else if (typeof type === 'object' && 'message' in type) {
    object[name] = decodeMessage(value, type.message);
  } else if (typeof type === 'object') {
    object[name] = [...((object[name] as unknown[] | undefined) ?? []), decodeMessage(value, type.messages)];
  }
}

/** Wire types 0 (varint) and 2 (length-delimited) are all that these messages have; others are skipped by their size. */
function* fieldsOf(bytes: Buffer): Generator<{ number: number; value: number | Buffer }> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; at < bytes.length; factor *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * factor;
      if (byte < 128) break;
    }
    return value;
  };
  while (at < bytes.length) {
    const tag = varint();
    const [number, wireType] = [Math.floor(tag / 8), tag & 7];
    if (wireType === 0) yield { number, value: varint() };
    else if (wireType === 2) {
      const length = varint();
      yield { number, value: bytes.subarray(at, at + length) };
      at += length;
    } else at += wireType === 1 ? 8 : 4;
  }
}
