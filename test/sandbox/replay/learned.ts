type Fields = Record<string, unknown>;

/**
 * What the recorded server called one thing and this one another: uids, revisions, page tokens and generated names are
 * learned from each pair of answers and put into the requests that follow.
 */
export class Learned {
  readonly #live = new Map<string, string>();
  readonly #revisions = new Map<string, string>();

  learn(recorded: unknown, live: unknown, key = ''): void {
    if (typeof recorded === 'string' && typeof live === 'string') this.#learnText(recorded, live, key);
    if (Array.isArray(recorded) && Array.isArray(live)) {
      for (const [index, item] of recorded.entries()) this.learn(item, live[index] as unknown, key);
    } else if (isFields(recorded) && isFields(live)) {
      for (const [name, inner] of Object.entries(recorded)) this.learn(inner, live[name], name);
    }
  }

  #learnText(recorded: string, live: string, key: string): void {
    if (key === 'resourceVersion') this.#revisions.set(recorded, live);
    else if (key === 'token') this.#live.set('<token>', live);
    else if (key === 'uid' || key === 'continue') this.#live.set(recorded, live);
    else if (recorded !== live && /^(gen-|kube-api-access-|10\.96\.)/.test(recorded)) this.#live.set(recorded, live);
  }

  /** A recorded request's path or body as the live server must be asked. */
  translated(value: unknown, key = ''): unknown {
    if (typeof value === 'string') return this.#text(value, key);
    if (Array.isArray(value)) return value.map((item) => this.translated(item, key));
    if (!isFields(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, this.translated(inner, name)]));
  }

  path(path: string): string {
    const [base = '', search] = path.split('?', 2);
    const translatedBase = base
      .split('/')
      .map((part) => this.#live.get(part) ?? part)
      .join('/');
    if (search === undefined) return translatedBase;
    const query = search.split('&').map((part) => this.#parameter(part));
    return `${translatedBase}?${query.join('&')}`;
  }

  #parameter(part: string): string {
    const [name = '', value = ''] = part.split('=', 2);
    if (name === 'resourceVersion') return `${name}=${this.#revisions.get(value) ?? value}`;
    if (name === 'continue') return `${name}=${this.#live.get(value) ?? value}`;
    return part;
  }

  #text(text: string, key: string): string {
    if (key === 'resourceVersion') return this.#revisions.get(text) ?? text;
    return this.#live.get(text) ?? text;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
