import { expect } from 'vitest';
import type { Answer, Expected, ExpectedAnswer, Fields, SeenEvent, WatchOptions } from './case.ts';

/** Throws what vitest would say of the difference between an answer and what a case expects of it. */
export function expectAnswer(request: string, answer: Answer, expected: Expected): void {
  const wanted: ExpectedAnswer = typeof expected === 'number' ? { status: expected } : expected;
  const { status, body } = answer;
  const seen = {
    request,
    status,
    reason: body?.['reason'],
    message: body?.['message'],
    causes: causesOf(answer),
    warnings: answer.warnings,
    body: withAbsences(body, wanted.body),
  };
  const { message, warnings = [] } = wanted;
  expect(seen).toMatchObject({
    request,
    status: wanted.status,
    ...(wanted.reason !== undefined && { reason: wanted.reason }),
    ...(message !== undefined && { message: textLike(message) }),
    ...(wanted.causes && { causes: wanted.causes }),
    ...(wanted.body !== undefined && { body: wanted.body }),
    warnings: warnings.map(textLike),
  });
}

export function expectEvents(events: readonly SeenEvent[], { expected }: WatchOptions): void {
  const wanted = expected.map(([type, object]) => (object === undefined ? { type } : { type, object }));
  expect(withAbsences(events, wanted)).toMatchObject(wanted);
}

function textLike(wanted: string | RegExp): unknown {
  return typeof wanted === 'string' ? wanted : expect.stringMatching(wanted);
}

/** A field expected to be `undefined` is not there: toMatchObject wants to see it, with that value. */
function withAbsences(seen: unknown, wanted: unknown): unknown {
  if (!isObject(seen) || !isObject(wanted)) return seen;
  if (Array.isArray(seen))
    return seen.map((item, index) => withAbsences(item, (wanted as unknown as unknown[])[index]));
  const names = Object.keys(wanted).filter((name) => name in seen || wanted[name] === undefined);
  return { ...seen, ...Object.fromEntries(names.map((name) => [name, withAbsences(seen[name], wanted[name])])) };
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

function causesOf({ body }: Answer): string[] {
  const details = (body?.['details'] ?? {}) as { causes?: { field?: string; reason?: string }[] };
  return (details.causes ?? []).map(({ field = '', reason = '' }) => `${field} ${reason}`.trim());
}
