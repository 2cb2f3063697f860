import { isOpenShiftSource } from './normalise.ts';

type Fields = Record<string, unknown>;

/**
 * What the recorded server called one thing and this one another: uids, revisions, page tokens and generated names are
 * learned from each pair of answers and put into the requests that follow.
 */
export class Learned {
  readonly #live = new Map<string, string>();
  readonly #revisions = new Map<string, string>();
  readonly #liveRevisions = new Set<string>();

  learn(recorded: unknown, live: unknown, key = ''): void {
    if (typeof recorded === 'string' && typeof live === 'string') this.#learnText(recorded, live, key);
    if (Array.isArray(recorded) && Array.isArray(live)) {
      for (const [index, item] of recorded.entries()) this.learn(item, live[index] as unknown, key);
    } else if (isFields(recorded) && isFields(live)) {
      for (const [name, inner] of Object.entries(recorded)) this.learn(inner, live[name], name);
    }
  }

  #learnText(recorded: string, live: string, key: string): void {
    if (key === 'resourceVersion') {
      this.#revisions.set(recorded, live);
      this.#liveRevisions.add(live);
    }
    if (key === 'nodeName') this.#live.set(`nodeName ${recorded}`, live);
    if (key === 'token' && recorded === '<token>') this.#live.set('<token>', live);
    else if (key === 'uid' || key === 'continue') this.#live.set(recorded, live);
    else if (recorded !== live && /^(gen-|kube-api-access-|10\.96\.)/.test(recorded)) this.#live.set(recorded, live);
  }

  /** Was this revision translated from a recorded one? */
  isLive(revision: string): boolean {
    return this.#liveRevisions.has(revision);
  }

  /** A recorded request's path or body as the live server must be asked. */
  translated(value: unknown, key = ''): unknown {
    if (typeof value === 'string') return this.#text(value, key);
    if (Array.isArray(value)) {
      return value.filter((item) => !isOpenShiftSource(item)).map((item) => this.translated(item, key));
    }
    if (!isFields(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, this.translated(inner, name)]));
  }

  path(path: string, current = 0): string {
    const [base = '', search] = path.split('?', 2);
    const translatedBase = base
      .split('/')
      .map((part) => this.#live.get(part) ?? part)
      .join('/');
    if (search === undefined) return translatedBase;
    const query = search.split('&').map((part) => this.#parameter(part, current));
    return `${translatedBase}?${query.join('&')}`;
  }

  #parameter(part: string, current: number): string {
    const [name = '', value = ''] = part.split('=', 2);
    if (name === 'resourceVersion') return `${name}=${this.#revision(value, current)}`;
    if (name === 'continue') return `${name}=${this.#live.get(value) ?? value}`;
    return part;
  }

  /** A revision that only the recorder had seen, in a list of its own just before it watched, means now. */
  #revision(value: string, current: number): string {
    const known = this.#revisions.get(value);
    if (known !== undefined) return known;
    const isOwn = current > 0 && /^\d{3,6}$/.test(value);
    return isOwn ? String(current) : value;
  }

  #text(text: string, key: string): string {
    if (key === 'resourceVersion') return this.#revisions.get(text) ?? text;
    if (key === 'nodeName') return this.#live.get(`nodeName ${text}`) ?? text;
    return this.#live.get(text) ?? text;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
