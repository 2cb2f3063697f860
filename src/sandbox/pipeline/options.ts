import { failure, invalid } from '../registry/status.ts';
import type { Cause } from '../registry/status.ts';
import type { ApiRequest } from './request.ts';

export interface WriteParameters {
  dryRun: boolean;
  fieldManager: string;
  fieldValidation: 'Strict' | 'Warn' | 'Ignore';
  force: boolean;
}

/** dryRun, fieldManager, fieldValidation and force; throws the 422 of `CreateOptions` and its siblings. */
export function writeParameters(request: ApiRequest, optionsKind: string): WriteParameters {
  const { query } = request;
  const causes = [...managerCauses(query.get('fieldManager')), ...dryRunCauses(query), ...validationCauses(query)];
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', kind: optionsKind }, '', causes);
  return {
    dryRun: query.get('dryRun') === 'All',
    fieldManager: query.get('fieldManager') || managerOf(request.client),
    fieldValidation: (query.get('fieldValidation') || 'Warn') as WriteParameters['fieldValidation'],
    force: query.get('force') === 'true',
  };
}

/** Without a name the server takes the user agent up to its first slash. */
function managerOf(client: string): string {
  return client.split('/')[0] || 'unknown';
}

function managerCauses(manager: string | null): Cause[] {
  if (manager === null) return [];
  const position = Array.from(manager).findIndex((character) => !/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character));
  if (position >= 0) {
    const code = (manager.codePointAt(position) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const why = `invalid character U+${code} (at position ${position})`;
    const message = `Invalid value: ${JSON.stringify(manager)}: ${why}`;
    return [{ reason: 'FieldValueInvalid', message, field: 'fieldManager' }];
  }
  if (manager.length <= 128) return [];
  return [{ reason: 'FieldValueTooLong', message: `Too long: may not be more than 128 bytes`, field: 'fieldManager' }];
}

function dryRunCauses(query: URLSearchParams): Cause[] {
  const values = query.getAll('dryRun');
  if (values.every((value) => value === 'All')) return [];
  const shown = JSON.stringify(values);
  return [
    {
      reason: 'FieldValueNotSupported',
      message: `Unsupported value: ${shown}: supported values: "All"`,
      field: 'dryRun',
    },
  ];
}

function validationCauses(query: URLSearchParams): Cause[] {
  const value = query.get('fieldValidation') ?? '';
  if (['', 'Ignore', 'Strict', 'Warn'].includes(value)) return [];
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: "", "Ignore", "Strict", "Warn"`;
  return [{ reason: 'FieldValueNotSupported', message, field: 'fieldValidation' }];
}

const bodyLimit = 3 * 1024 * 1024;

export function refuseTooLarge(body: string): void {
  if (body.length <= bodyLimit && Buffer.byteLength(body) <= bodyLimit) return;
  throw failure(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${bodyLimit}`);
}
