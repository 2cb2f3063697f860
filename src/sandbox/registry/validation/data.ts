import { isDeepStrictEqual } from 'node:util';
import { syntaxErrorOf } from '../../patch/index.ts';
import type { KubeObject } from '../../types.ts';
import { fieldsAt } from '../fields.ts';
import type { Cause } from '../status.ts';
import { disallowed, immutable, required, tooLong, wrong } from './causes.ts';
import { configKey } from './names.ts';

const limit = 1024 * 1024;

export function validateConfigMap(object: KubeObject): Cause[] {
  return [...keys(object, 'data'), ...inBoth(object), ...keys(object, 'binaryData'), ...size(object, '[]')];
}

export function validateConfigMapUpdate(object: KubeObject, old: KubeObject): Cause[] {
  return [...validateConfigMap(object), ...frozen(object, old, ['data', 'binaryData'])];
}

export function validateSecret(object: KubeObject): Cause[] {
  return [...keys(object, 'data'), ...size(object, 'data'), ...typeCauses(object)];
}

export function validateSecretUpdate(object: KubeObject, old: KubeObject): Cause[] {
  return [
    ...(object.type === old.type ? [] : [immutable('type', object.type)]),
    ...keys(object, 'data'),
    ...frozen(object, old, ['data']),
  ];
}

function keys(object: KubeObject, field: string): Cause[] {
  return Object.keys(fieldsAt(object, field)).flatMap((key) => {
    const message = configKey(key);
    return message === undefined ? [] : [wrong(`${field}[${key}]`, key, message)];
  });
}

function inBoth(object: KubeObject): Cause[] {
  const binary = fieldsAt(object, 'binaryData');
  return Object.keys(fieldsAt(object, 'data'))
    .filter((key) => key in binary)
    .map((key) => wrong(`data[${key}]`, key, 'duplicate of key present in binaryData'));
}

function size(object: KubeObject, field: string): Cause[] {
  const values = [...Object.values(fieldsAt(object, 'data')), ...Object.values(fieldsAt(object, 'binaryData'))];
  const bytes = values.reduce<number>((sum, value) => sum + String(value).length, 0);
  return bytes > limit ? [tooLong(field, limit)] : [];
}

function frozen(object: KubeObject, old: KubeObject, fields: string[]): Cause[] {
  if (old.immutable !== true) return [];
  const rule = 'field is immutable when `immutable` is set';
  return [
    ...(object.immutable === true ? [] : [disallowed('immutable', rule)]),
    ...fields.filter((field) => !isDeepStrictEqual(object[field], old[field])).map((field) => disallowed(field, rule)),
  ];
}

const neededKeys: Record<string, string[]> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
};

function typeCauses(object: KubeObject): Cause[] {
  const account = 'kubernetes.io/service-account.name';
  if (object.type === 'kubernetes.io/service-account-token' && !object.metadata.annotations?.[account]) {
    return [required(`metadata.annotations[${account}]`)];
  }
  const data = fieldsAt(object, 'data');
  if (object.type === 'kubernetes.io/basic-auth') {
    if (data.username !== undefined || data.password !== undefined) return [];
    return ['username', 'password'].map((key) => required(`data[${key}]`));
  }
  const docker = data['.dockerconfigjson'];
  if (object.type === 'kubernetes.io/dockerconfigjson' && typeof docker === 'string') return dockerCauses(docker);
  return (neededKeys[String(object.type)] ?? [])
    .filter((key) => data[key] === undefined)
    .map((key) => required(`data[${key}]`));
}

function dockerCauses(encoded: string): Cause[] {
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  try {
    JSON.parse(text);
    return [];
  } catch {
    return [wrong('data[.dockerconfigjson]', '<secret contents redacted>', syntaxErrorOf(text))];
  }
}
