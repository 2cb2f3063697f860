import type { RequestInfo } from './request.ts';

/** Which requests a fault meets. What is left out matches anything. */
export interface FaultMatch {
  verb?: string;
  resource?: string;
  subresource?: string;
  namespace?: string;
  name?: string;
  /** The beginning of the user agent, so that a fault meets drctl and not the sandbox's own controllers. */
  client?: string;
  /** Only the nth matching request, counted from 1. */
  nth?: number;
  /** At most so many times; without it, until removed. */
  times?: number;
}

export interface FaultAction {
  /** Answered instead of doing anything. */
  status?: { code: number; reason?: string; message?: string; retryAfterSeconds?: number };
  delayMs?: number;
  /** The connection closes before anything happens. */
  dropBefore?: boolean;
  /** What was asked is done, and the connection closes without a reply. */
  dropAfter?: boolean;
  /** The reply is cut in half. */
  partialBody?: boolean;
  /** 401, as with an expired token. */
  unauthorized?: boolean;
}

export interface FaultRule {
  match: FaultMatch;
  action: FaultAction;
}

/** The faults in force. The first matching rule counts; its counters change with each match. */
export class Faults {
  readonly #rules = new Map<string, FaultRule & { seen: number; used: number }>();
  #next = 1;

  add(rule: FaultRule): string {
    const id = `fault-${this.#next++}`;
    this.#rules.set(id, { ...rule, seen: 0, used: 0 });
    return id;
  }

  remove(id: string): void {
    this.#rules.delete(id);
  }

  clear(): void {
    this.#rules.clear();
  }

  list(): (FaultRule & { id: string; used: number })[] {
    return [...this.#rules].map(([id, { match, action, used }]) => ({ id, match, action, used }));
  }

  match(request: RequestInfo & { client: string }): FaultAction | undefined {
    for (const rule of this.#rules.values()) {
      if (!meets(rule.match, request)) continue;
      rule.seen++;
      if (rule.match.nth !== undefined && rule.seen !== rule.match.nth) continue;
      if (rule.match.times !== undefined && rule.used >= rule.match.times) continue;
      rule.used++;
      return rule.action;
    }
    return undefined;
  }
}

function meets(match: FaultMatch, request: RequestInfo & { client: string }): boolean {
  const names = ['verb', 'resource', 'subresource', 'namespace', 'name'] as const;
  if (match.client !== undefined && !request.client.startsWith(match.client)) return false;
  return names.every((name) => match[name] === undefined || match[name] === request[name]);
}
