import type { Contracted } from './target.ts';

/** One fact about the API that the sandbox and a real server must agree on. */
export interface ContractCase {
  /** The fact, as a sentence. Unique in the table. */
  readonly name: string;
  /** Runs when no other case does: it counts, lists or changes what others would disturb. */
  readonly alone?: true;
  /** Sends requests and says what is expected of each; what was answered is compared between the servers as well. */
  requests(this: void, api: Scope): Promise<unknown>;
}

export interface ContractArea {
  readonly area: string;
  /** How many cases are under way at once, where they mostly wait for controllers. */
  readonly atOnce?: number;
  readonly cases: readonly ContractCase[];
}

export type Fields = Record<string, unknown>;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed where it is JSON, else the text. */
  readonly body: Body;
  readonly warnings: readonly string[];
}

/** Bodies are looked into, not typed: what is there, the expectation has said. */
export interface Body {
  readonly metadata: Fields & {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly continue: string;
  };
  readonly items: readonly Body[];
  readonly spec: Fields;
  readonly status: Fields;
  readonly [name: string]: unknown;
}

/** What an answer must be: a status code, or that and more. */
export type Expected = number | ExpectedAnswer;

export interface ExpectedAnswer {
  readonly status: number;
  /** Of a Status. */
  readonly reason?: string;
  readonly message?: string | RegExp;
  /** `field reason` of each cause, in this order. */
  readonly causes?: readonly string[];
  /** Each Warning header's text; where left out, none may be there. */
  readonly warnings?: readonly (string | RegExp)[];
  /** Is part of the body, as toMatchObject has it; `undefined` says that a field is not there. */
  readonly body?: unknown;
}

export interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly as?: 'admin' | 'operator' | 'viewer' | 'nobody';
  /** Only to prepare: its answer must be as expected, and is not compared. */
  readonly unseen?: true;
}

export type PatchKind = 'json' | 'merge' | 'strategic' | 'apply';

export interface SeenEvent {
  readonly type: string;
  readonly object: Body;
}

export interface WatchOptions extends SendOptions {
  /** How many events end it. Bookmarks count where `bookmarks` is set, and are left out where not. */
  readonly events: number;
  readonly bookmarks?: true;
  /** Done once the watch is open. */
  readonly during?: () => Promise<unknown>;
  /** The expected events, each `[type, part of the object]`. */
  readonly expected: readonly (readonly [type: string, object?: unknown])[];
  /** It must end by itself, and not with fewer or more events than these. */
  readonly ends?: true;
}

/** What a case works with: one server, and a namespace and names that no other case has. */
export interface Scope {
  readonly target: Contracted;
  /** Random; the comparison replaces it wherever it stands. */
  readonly id: string;
  /** Made when first asked for. */
  readonly namespace: string;
  /** `/api/v1/namespaces/NAMESPACE` */
  readonly core: string;
  /** `/apis/apps/v1/namespaces/NAMESPACE` */
  readonly apps: string;
  /** `/apis/GROUP/VERSION/namespaces/NAMESPACE` */
  in(groupVersion: string): string;
  /** A name for what has no namespace. */
  own(base: string): string;

  get(path: string, expected: Expected, options?: SendOptions): Promise<Answer>;
  post(path: string, body: unknown, expected: Expected, options?: SendOptions): Promise<Answer>;
  put(path: string, body: unknown, expected: Expected, options?: SendOptions): Promise<Answer>;
  patch(kind: PatchKind, path: string, body: unknown, expected: Expected, options?: SendOptions): Promise<Answer>;
  delete(path: string, expected: Expected, body?: unknown, options?: SendOptions): Promise<Answer>;
  /** Any method; a body that is text goes out as it is. */
  send(method: string, path: string, body: unknown, expected: Expected, options?: SendOptions): Promise<Answer>;
  /** Reads until the answer is as expected, at most so many seconds; only the last answer is compared. */
  eventually(path: string, seconds: number, expected: Expected, options?: SendOptions): Promise<Answer>;
  /** For so many seconds every answer is as expected. */
  always(path: string, seconds: number, expected: Expected, options?: SendOptions): Promise<Answer>;
  watch(path: string, options: WatchOptions): Promise<readonly SeenEvent[]>;
  /** Something else that both servers must agree on, after normalising: what a program printed, for instance. */
  observe(what: string, value: unknown): void;
  /** Runs when the case has ended, however it ended, the last one first. */
  afterwards(cleanup: () => Promise<unknown>): void;
}
