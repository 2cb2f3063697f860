import { z } from 'zod';
import type { Json } from '../model/json.ts';
import { isProxyUrl } from '../model/proxy-url.ts';
import type { CheckSpec } from '../model/runbook.ts';
import type { HttpAnswer, HttpRequest, ReadWorld } from '../ports/read-world.ts';

/** What came of a query: the series to judge, one by one; or why there is nothing to judge, now or ever. */
export type Queried =
  | { readonly series: readonly { readonly label: string; readonly self: Json }[] }
  | { readonly state: 'not-yet' | 'failed'; readonly because: string };

/**
 * An instant query by POST, which has no limit of length (https://prometheus.io/docs/prometheus/latest/querying/api); through
 * an API server, where a POST would be a write, by GET.
 */
export async function queryPrometheus(
  { url, query }: Extract<CheckSpec['check'], { kind: 'promql' }>,
  world: ReadWorld,
): Promise<Queried> {
  const headers = { accept: 'application/json' };
  const form = new URLSearchParams({ query }).toString();
  const request: HttpRequest = isProxyUrl(url)
    ? { method: 'GET', url: `${queryUrl(url)}?${form}`, headers }
    : {
        method: 'POST',
        url: queryUrl(url),
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: form,
      };
  return queriedOf(await world.http(request));
}

const QUERY = '/api/v1/query';

/** The server's address, with a path before the API where a proxy has one. */
function queryUrl(url: string): string {
  const bare = url.replace(/\/+$/, '');
  return bare.endsWith(QUERY) ? bare : `${bare}${QUERY}`;
}

/** Seconds, and the value as text: numbers of JSON know no NaN and no infinity. */
const SAMPLE = z.tuple([z.number(), z.string()]);
const LABELS = z.record(z.string(), z.string());

const ENVELOPE = z.looseObject({
  status: z.enum(['success', 'error']),
  errorType: z.string().optional(),
  error: z.string().optional(),
  warnings: z.array(z.string()).optional(),
  data: z.looseObject({ resultType: z.string(), result: z.unknown() }).optional(),
});

/** A query that is wrong (400) stays wrong; whatever else goes wrong may pass, as a server that comes back does. */
function queriedOf({ status, body }: HttpAnswer): Queried {
  const parsed = ENVELOPE.safeParse(jsonOf(body));
  if (!parsed.success) return notYet(`HTTP ${status}, and no answer of Prometheus`);
  const { errorType, error, warnings, data } = parsed.data;
  if (parsed.data.status === 'error' || status >= 300) {
    const because = `HTTP ${status}, ${errorType ?? 'error'}: ${error ?? 'it says no more'}`;
    return status === 400 ? { state: 'failed', because } : notYet(because);
  }
  // All that could be collected is there, and what could not is not: that is no ground to say yes.
  if (warnings && warnings.length > 0) return notYet(`the answer came in part: ${warnings.join('; ')}`);
  return data ? seriesOf(data.resultType, data.result) : notYet('the answer has no data');
}

function seriesOf(resultType: string, result: unknown): Queried {
  if (resultType === 'scalar') {
    const sample = SAMPLE.safeParse(result);
    return sample.success ? { series: [serieOf({}, sample.data)] } : notYet('its scalar is none');
  }
  if (resultType !== 'vector')
    return { state: 'failed', because: `the query gives a ${resultType}: write one that gives a value for now` };
  const vector = z.array(z.looseObject({ metric: LABELS, value: SAMPLE.optional() })).safeParse(result);
  if (!vector.success) return notYet('its vector is none');
  const series = vector.data.flatMap(({ metric, value }) => (value ? [serieOf(metric, value)] : []));
  return series.length === vector.data.length
    ? { series }
    : { state: 'failed', because: 'the query gives histograms: write one that gives numbers' };
}

function serieOf(metric: z.infer<typeof LABELS>, [, text]: z.infer<typeof SAMPLE>): { label: string; self: Json } {
  const { __name__: name = '', ...labels } = metric;
  const named = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  const label = `${name}${named.length === 0 ? '' : `{${named.join(', ')}}`}`;
  return { label: label === '' ? 'the value' : label, self: { metric, value: numberOf(text) } };
}

/** `+Inf`, `-Inf` and `NaN` are how the format writes them. */
function numberOf(text: string): number {
  if (text === '+Inf' || text === 'Inf') return Infinity;
  return text === '-Inf' ? -Infinity : Number(text);
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function notYet(because: string): Queried {
  return { state: 'not-yet', because };
}
