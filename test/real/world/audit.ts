import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One request by the audit log of the API server. */
export interface RealWrite {
  readonly at: string;
  readonly user: string;
  readonly userAgent: string;
  readonly verb: string;
  readonly path: string;
  readonly code: number;
  readonly isWrite: boolean;
}

interface Line {
  readonly requestReceivedTimestamp: string;
  readonly requestURI: string;
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly userAgent?: string;
  readonly responseStatus?: { readonly code: number };
}

/** What was asked since then (ms since 1970), oldest first. */
export function auditOf(directory: string, since: number): RealWrite[] {
  return readFileSync(join(directory, 'audit.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Line)
    .filter((line) => Date.parse(line.requestReceivedTimestamp) >= since)
    .map((line) => ({
      at: line.requestReceivedTimestamp,
      user: line.user.username,
      userAgent: line.userAgent ?? '',
      verb: line.verb,
      path: line.requestURI,
      code: line.responseStatus?.code ?? 0,
      isWrite: isWrite(line),
    }));
}

const reviews = /\/self[a-z]+reviews(\?|$)/;

function isWrite({ verb, requestURI }: Line): boolean {
  if (['get', 'list', 'watch'].includes(verb) || /[?&]dryRun=All/.test(requestURI)) return false;
  return !reviews.test(requestURI.split('?')[0] ?? '');
}
