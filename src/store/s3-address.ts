import { DrctlError } from '../model/errors.ts';

/** Where a store in S3 is: `s3://bucket/prefix?region=…&endpoint=…&profile=…`. */
export interface S3Address {
  readonly bucket: string;
  /** Empty, or with a slash at its end. */
  readonly prefix: string;
  readonly region?: string;
  /** Of an S3 that is not Amazon's. */
  readonly endpoint?: string;
  readonly profile?: string;
  /** As it is shown: the address without its query. */
  readonly shown: string;
}

const QUERY = ['region', 'endpoint', 'profile'] as const;

/** Throws `BadState` for anything that is no such address. What the query leaves out, AWS's own environment says. */
export function parseS3Address(text: string): S3Address {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 's3:') throw badState(text, 'it is neither a directory nor s3://bucket/prefix');
  if (url.username !== '' || url.password !== '' || url.port !== '' || url.hash !== '')
    throw badState(text, 'only bucket, prefix and query may stand in it');
  // Amazon's rules for names of buckets, which keep one from leading elsewhere as a part of a host name.
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(url.hostname))
    throw badState(text, `${JSON.stringify(url.hostname)} cannot be the name of a bucket`);
  const path = decodeURIComponent(url.pathname).replaceAll(/^\/+|\/+$/g, '');
  if (!/^[\w.!*'() /-]*$/.test(path) || path.split('/').some((part) => /^\.*$/.test(part) && path !== ''))
    throw badState(text, "its prefix may hold letters, digits, ! - _ . * ' ( ) and single slashes");
  const prefix = path === '' ? '' : `${path}/`;
  return { bucket: url.hostname, prefix, shown: `s3://${url.hostname}/${path}`, ...queryOf(text, url) };
}

function queryOf(text: string, url: URL): Pick<S3Address, (typeof QUERY)[number]> {
  const found: Partial<Record<(typeof QUERY)[number], string>> = {};
  for (const [name, value] of url.searchParams) {
    const known = QUERY.find((one) => one === name);
    if (known === undefined || value === '' || found[known] !== undefined)
      throw badState(text, `${JSON.stringify(`${name}=${value}`)}: it may say ${QUERY.join(', ')}, each once`);
    found[known] = value;
  }
  if (found.endpoint !== undefined && !isEndpoint(found.endpoint))
    throw badState(text, 'the endpoint must be an http or https URL without a password');
  return found;
}

function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return ['http:', 'https:'].includes(protocol) && username === '' && password === '';
}

function badState(text: string, why: string): DrctlError {
  return new DrctlError('BadState', 'user', `--state ${text.replace(/\/\/[^/]*@/, '//…@')}: ${why}`, {
    nextSteps: [
      '--state DIR',
      '--state s3://bucket/prefix',
      '--state "s3://bucket/prefix?region=REGION&profile=PROFILE"',
    ],
  });
}
