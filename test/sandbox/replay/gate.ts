import type { ApiClient } from '../../../src/sandbox/types.ts';

/** Holds back what controllers send while it is closed, so that they act between recorded requests and not among them. */
export class Gate {
  #isOpen = true;
  #waiting: (() => void)[] = [];

  close(): void {
    this.#isOpen = false;
  }

  async opened(during: () => Promise<void>): Promise<void> {
    this.#isOpen = true;
    for (const go of this.#waiting.splice(0)) go();
    await during();
    this.close();
  }

  guard(api: ApiClient): ApiClient {
    const pass = async <Result>(call: () => Promise<Result>): Promise<Result> => {
      if (!this.#isOpen) await new Promise<void>((resolve) => void this.#waiting.push(resolve));
      return call();
    };
    return {
      get: (...input) => pass(() => api.get(...input)),
      list: (...input) => pass(() => api.list(...input)),
      watch: (...input) => api.watch(...input),
      create: (...input) => pass(() => api.create(...input)),
      update: (...input) => pass(() => api.update(...input)),
      patch: (...input) => pass(() => api.patch(...input)),
      delete: (...input) => pass(() => api.delete(...input)),
    };
  }
}
