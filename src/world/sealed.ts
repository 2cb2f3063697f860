import { parseAllDocuments, stringify } from 'yaml';
import { DrctlError } from '../model/errors.ts';
import { isJsonObject, type Json } from '../model/json.ts';
import type { KubeObject, KubeReader, SourceFile } from '../ports/read-world.ts';
import { isSendError } from '../ports/door.ts';
import type { Kube } from './kube/open.ts';
import { CannotSee, SendFailed, type Failure } from './trouble.ts';
import { isSecret, type Vault } from './vault.ts';

/** The same reader, whose Secrets come sealed, and whose errors quote nothing of them. */
export function sealedReader(reader: KubeReader, vault: Vault): KubeReader {
  const scrubbed = scrubbing(vault);
  return {
    get: async (name) => vault.seal(await reader.get(name).catch(scrubbed)),
    list: async (apiVersion, kind, options) =>
      (await reader.list(apiVersion, kind, options).catch(scrubbed)).map((one) => vault.seal(one)),
    facts: (apiVersion, kind, options, factsOf) =>
      reader.facts(apiVersion, kind, options, (object) => factsOf(vault.seal(object))).catch(scrubbed),
    resource: (apiVersion, kind) => reader.resource(apiVersion, kind),
    access: (query) => reader.access(query),
    async dryRun(write) {
      const found = await reader.dryRun(vault.opened(write)).catch(scrubbed);
      return 'object' in found
        ? { object: vault.seal(found.object) }
        : { ...found, refused: vault.scrub(found.refused) };
    },
  };
}

/** The same API, to which seals are sent as what they stand for. */
export function unsealing({ write, exec }: Pick<Kube, 'write' | 'exec'>, vault: Vault): Pick<Kube, 'write' | 'exec'> {
  return {
    write: async (what, transport, userAgent): Promise<KubeObject> =>
      vault.seal(await write(vault.opened(what), transport, userAgent).catch(scrubbing(vault))),
    async exec(request, opening, userAgent) {
      const answer = await exec(request, opening, userAgent).catch(scrubbing(vault));
      return { ...answer, stdout: vault.scrub(answer.stdout), stderr: vault.scrub(answer.stderr) };
    },
  };
}

/** What failed, without its cause: that holds the same words. */
function scrubbing(vault: Vault): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof Error) || vault.scrub(error.message) === error.message) throw error;
    if (error instanceof CannotSee)
      throw new CannotSee('a Secret', { ...withoutCause(error.failure), reason: vault.scrub(error.failure.reason) });
    if (!isSendError(error)) throw new DrctlError('SecretTrouble', 'target', vault.scrub(error.message));
    const { trouble, sendFailure: effect, status, retryAfter } = error;
    throw new SendFailed('a Secret', {
      trouble,
      effect,
      again: false,
      reason: vault.scrub(error.reason),
      ...(status !== undefined && { status }),
      ...(retryAfter !== undefined && { retryAfter }),
    });
  };
}

function withoutCause(failure: Failure): Failure {
  const { cause: _, ...rest } = failure;
  return rest;
}

/**
 * A manifest file as it may be pinned and shown. One that holds a Secret with values is written anew, without its comments,
 * since those hold passwords too; any other file is as it was.
 */
export function sealedFile({ path, text }: SourceFile, vault: Vault): SourceFile {
  if (!/\bSecret(?:List)?\b/.test(text)) return { path, text };
  const documents = parseAllDocuments(text);
  const [error] = documents.flatMap((document) => document.errors);
  // What cannot be read cannot be sealed: not even its words are passed on.
  if (error) throw unreadable(path, error.linePos?.[0]);
  const values = documents.map((document) => document.toJS() as Json);
  if (!values.some(hasSecret)) return { path, text };
  const sealed = values.map((value) => stringify(sealAll(value, vault), { lineWidth: 0 }));
  return { path, text: sealed.join('---\n') };
}

function hasSecret(value: Json): boolean {
  return isSecret(value) || itemsOf(value).some(hasSecret);
}

function sealAll(value: Json, vault: Vault): Json {
  const items = itemsOf(value);
  if (items.length === 0 || !isJsonObject(value)) return vault.seal(value);
  return { ...value, items: items.map((one) => sealAll(one, vault)) };
}

function itemsOf(value: Json): readonly Json[] {
  if (!isJsonObject(value)) return [];
  const { kind, items } = value;
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) return [];
  // The items of a SecretList need not say what they are.
  return (items as readonly Json[]).map((one) => (kind === 'SecretList' ? typedSecret(one) : one));
}

function typedSecret(value: Json): Json {
  return isJsonObject(value) ? { apiVersion: 'v1', kind: 'Secret', ...value } : value;
}

function unreadable(path: string, at: { readonly line: number; readonly col: number } | undefined): DrctlError {
  return new DrctlError('ManifestUnreadable', 'user', `${path}: it speaks of a Secret and is not YAML`, {
    ...(at && { at: { file: path, line: at.line, column: at.col } }),
  });
}
