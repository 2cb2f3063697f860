import type { Json } from '../model/json.ts';
import { groupOf, type ObjectRef } from '../model/object-ref.ts';

/** One word for a POSIX shell, whatever is in it. */
export function inShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

export function kubectlPatch(object: ObjectRef, path: readonly string[], value: Json): string {
  const patch = path.reduceRight<Json>((inner, part) => ({ [part]: inner }), value);
  return `kubectl patch ${kubectlName(object)} --type=merge -p ${inShell(JSON.stringify(patch))}`;
}

export function kubectlScale(object: ObjectRef, replicas: Json): string {
  return `kubectl scale ${kubectlName(object)} --replicas=${typeof replicas === 'number' ? replicas : 1}`;
}

export function kubectlAnnotate(object: ObjectRef, key: string, before: Json): string {
  const word = typeof before === 'string' ? `${key}=${before}` : `${key}-`;
  return `kubectl annotate --overwrite ${kubectlName(object)} ${inShell(word)}`;
}

export function awsTags(resource: string, keys: readonly string[]): string {
  const tags = keys.map((key) => inShell(`Key=${key}`)).join(' ');
  return `aws ec2 delete-tags --resources ${inShell(resource)} --tags ${tags}`;
}

function kubectlName({ kind, apiVersion, namespace, name }: ObjectRef): string {
  const group = groupOf(apiVersion ?? '');
  const resource = `${kind.toLowerCase()}${group === '' ? '' : `.${group}`}`;
  return `${namespace === undefined ? '' : `-n ${inShell(namespace)} `}${resource} ${inShell(name)}`;
}
