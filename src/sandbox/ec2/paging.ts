import { CloudFailure, invalidValue } from './failure.ts';
import type { Query } from './query.ts';

/**
 * One page of `things`, ordered by id, so that what appears or goes between two pages moves nothing else. Without
 * MaxResults the answer is whole, as the reference of DescribeVolumes says.
 */
export function pageOf<Thing>(
  query: Query,
  things: Thing[],
  idOf: (thing: Thing) => string,
): { page: Thing[]; nextToken?: string } {
  const max = query.whole('MaxResults');
  const token = query.text('NextToken');
  if (max !== undefined && max < 5)
    throw invalidValue('maxResults', String(max), 'Expecting a value greater than or equal to 5.');
  const after = token === undefined || token === '' ? '' : lastIdOf(token);
  const rest = things.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1)).filter((thing) => idOf(thing) > after);
  const page = rest.slice(0, Math.min(max ?? rest.length, 1000));
  const last = page.at(-1);
  return last && page.length < rest.length ? { page, nextToken: tokenOf(idOf(last)) } : { page };
}

/** Ids by name come whole or not at all: they and MaxResults exclude each other. */
export function unpagedIds(query: Query, parameter: string, refuseMalformed: (id: string) => void): string[] {
  const ids = query.list(parameter);
  if (ids.length > 0 && query.text('MaxResults') !== undefined)
    throw new CloudFailure(
      'InvalidParameterCombination',
      `The parameter ${parameter} cannot be used with the parameter MaxResults`,
    );
  for (const id of ids) refuseMalformed(id);
  return ids;
}

const prefix = 'after:';

const tokenOf = (id: string): string => Buffer.from(prefix + id).toString('base64url');

function lastIdOf(token: string): string {
  const text = Buffer.from(token, 'base64url').toString();
  if (!text.startsWith(prefix)) throw new CloudFailure('InvalidParameterValue', 'Unable to parse pagination token');
  return text.slice(prefix.length);
}
