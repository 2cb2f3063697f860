import { readFileSync } from 'node:fs';

export interface RecordedCase {
  /** `crud 12 Secret: get`: unique, and stable as long as the recording is. */
  id: string;
  name: string;
  request: {
    method: string;
    path: string;
    headers: Record<string, string>;
    body?: unknown;
    rawBody?: string;
    user?: string;
  };
  response: { status: number; headers: Record<string, string>; body?: unknown; lines?: RecordedEvent[] };
  actions?: RecordedAction[];
  note?: string;
}

/** A write that somebody else made while a watch was open. */
export interface RecordedAction {
  ms: number;
  method: string;
  path: string;
  body?: unknown;
}

export interface RecordedEvent {
  type: string;
  object: unknown;
}

/** The requests that a kube-apiserver v1.36.2 was sent, with what it answered, in the order sent. */
export function recordedCases(file: string): RecordedCase[] {
  const path = new URL(`../../fixtures/recordings/${file}.json`, import.meta.url);
  const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { cases: Omit<RecordedCase, 'id'>[] };
  return cases
    .map((each, index) => ({ ...each, id: `${file} ${index} ${each.name}` }))
    .filter((each) => 'request' in each && each.request !== undefined);
}
