import { scryptSync } from 'node:crypto';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { KubeObject, KubeWrite } from '../ports/read-world.ts';
import { SendFailed } from './trouble.ts';

const SEAL = 'sealed:';

/** What kubectl leaves on an object is the whole of it, in the clear. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Some 10 ms a value: whoever finds a plan can still guess, but slowly, and at one key of one Secret at a time. */
const COST = { N: 2 ** 12, r: 8, p: 1 };

/**
 * The values of Secrets, for one process, in memory only (promise 11). What is read is sealed at the edge of the world:
 * planners, plans, journals and blobs hold seals, which are equal where the values are. Only the door, and a dry run, put
 * the values back, right before the bytes leave. A value whose seal is not known here is not sent.
 */
export class Vault {
  /** Seal to what stands in `data`: base64. */
  readonly #values = new Map<string, string>();
  readonly #seals = new Map<string, string>();

  /** A Secret with seals for values, all under `data` as the API keeps them; any other object as it is. */
  seal<T>(object: T): T {
    return isSecret(object) ? (this.#sealed(object) as T) : object;
  }

  /** The write as it has to be sent. Throws SendFailed where a value is not known: nothing was sent. */
  opened(write: KubeWrite): KubeWrite {
    if (write.verb !== 'create' && write.verb !== 'apply') return write;
    const { object } = write;
    const data = object['data'];
    if (!isSecret(object) || !isJsonObject(data)) return write;
    const values = Object.entries(data).map(([key, value]) => [key, this.#valueOf(value, key, object)]);
    return { ...write, object: { ...object, data: Object.fromEntries(values) as JsonObject } };
  }

  /** A server's own words may quote what it was sent. */
  scrub(text: string): string {
    let clean = text;
    for (const value of this.#values.values())
      for (const shown of [value, Buffer.from(value, 'base64').toString('utf8')])
        if (shown.length >= 4) clean = clean.replaceAll(shown, '[sealed]');
    return clean;
  }

  #sealed(secret: JsonObject): JsonObject {
    const { data, stringData, metadata, ...rest } = secret;
    const meta = isJsonObject(metadata) ? metadata : {};
    const name = typeof meta['name'] === 'string' ? meta['name'] : '';
    const values = {
      ...textsOf(data),
      ...Object.fromEntries(Object.entries(textsOf(stringData)).map(([key, text]) => [key, toBase64(text)])),
    };
    const sealed = Object.entries(values).map(([key, value]) => [key, this.#sealOf(name, key, value)]);
    return {
      ...rest,
      metadata: withoutLastApplied(meta),
      ...(sealed.length > 0 && { data: Object.fromEntries(sealed) as JsonObject }),
    };
  }

  #sealOf(name: string, key: string, value: string): string {
    if (value.startsWith(SEAL)) return value;
    const bytes = Buffer.from(value, 'base64');
    const salt = `drctl\0${name}\0${key}`;
    const at = `${salt}\0${bytes.toString('base64')}`;
    const known = this.#seals.get(at);
    if (known !== undefined) return known;
    const seal = `${SEAL}${scryptSync(bytes, salt, 16, COST).toString('hex')}`;
    this.#seals.set(at, seal);
    this.#values.set(seal, bytes.toString('base64'));
    return seal;
  }

  #valueOf(seal: unknown, key: string, { metadata }: KubeObject): string {
    const value = typeof seal === 'string' ? this.#values.get(seal) : undefined;
    if (value !== undefined) return value;
    const reason = `what its key "${key}" held when it was approved is not in the manifests any more`;
    throw new SendFailed(`Secret ${metadata.name}`, {
      trouble: 'invalid',
      effect: 'not-performed',
      again: false,
      reason,
    });
  }
}

/** Of the core group, in any version. */
export function isSecret(value: unknown): value is JsonObject & { readonly kind: 'Secret' } {
  if (!isJsonObject(value) || value['kind'] !== 'Secret') return false;
  const { apiVersion } = value;
  return typeof apiVersion !== 'string' || !apiVersion.includes('/');
}

/** A number or a boolean that somebody forgot to quote is still a secret; the API refuses it, and need not be shown it. */
function textsOf(fields: unknown): Record<string, string> {
  if (!isJsonObject(fields)) return {};
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

function toBase64(text: string): string {
  return text.startsWith(SEAL) ? text : Buffer.from(text, 'utf8').toString('base64');
}

function withoutLastApplied(metadata: JsonObject): JsonObject {
  const { annotations } = metadata;
  if (!isJsonObject(annotations) || !(LAST_APPLIED in annotations)) return metadata;
  const { [LAST_APPLIED]: _, ...kept } = annotations;
  return { ...metadata, annotations: kept };
}
