import { badRequest } from '../registry/status.ts';
import type { Kind } from '../registry/kind.ts';
import type { KubeObject } from '../types.ts';
import { parseLabelSelector } from './label-selector.ts';

export type Predicate = (object: KubeObject) => boolean;

/** The label and field selectors of a query as one test. Throws 400 with the server's words. */
export function selectorOf(kind: Kind, query: URLSearchParams): Predicate | undefined {
  const labels = query.get('labelSelector') ?? '';
  const fields = query.get('fieldSelector') ?? '';
  if (labels === '' && fields === '') return undefined;
  const byLabel = parseLabelSelector(labels);
  const byField = parseFieldSelector(kind, fields);
  return (object) => byLabel(object.metadata.labels ?? {}) && byField(object);
}

function parseFieldSelector(kind: Kind, text: string): Predicate {
  const tests = text
    .split(',')
    .filter((term) => term !== '')
    .map((term) => fieldTest(kind, text, term));
  return (object) => tests.every((test) => test(object));
}

function fieldTest(kind: Kind, whole: string, term: string): Predicate {
  const match = /^(?<field>.*?)(?<operator>!=|==|=)(?<value>.*)$/.exec(term);
  if (!match?.groups) throw badRequest(`invalid selector: '${whole}'; can't understand '${term}'`);
  const { field = '', operator, value = '' } = match.groups;
  const read = readerOf(kind, field);
  return (object) => (read(object) === value) === (operator !== '!=');
}

function readerOf(kind: Kind, field: string): (object: KubeObject) => string {
  if (field === 'metadata.name') return (object) => object.metadata.name ?? '';
  if (field === 'metadata.namespace') return (object) => object.metadata.namespace ?? '';
  const read = kind.selectable[field];
  if (read) return read;
  if (kind.custom || Object.keys(kind.selectable).length > 0) throw badRequest(`field label not supported: ${field}`);
  throw badRequest(`"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`);
}
