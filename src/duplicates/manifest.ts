/** Where a text came from, as it is shown to a person. */
export interface TextSource {
  /** Relative to where drctl was started, `REV:path` for a git revision, `(standard input)`. */
  readonly file: string;
  /** Everything of one root goes to one cluster; roots are compared with nobody else. */
  readonly root: string;
}

/** One object of a text, as it was read: plain data, numbers that JavaScript cannot hold as `Spelled`. */
export interface ReadObject {
  readonly value: Readonly<Record<string, unknown>>;
  /** From 1, where the object begins. */
  readonly line: number;
  /** The how-manieth of its text, from 0: finds it again when the text is read once more. */
  readonly ordinal: number;
}

/** Something in a text that could not be read, or was read with a doubt that a person must know of. */
export interface Unreadable {
  readonly line: number;
  readonly reason: string;
}

export interface ReadText {
  readonly objects: readonly ReadObject[];
  readonly unreadable: readonly Unreadable[];
  /** What is well-formed and no Kubernetes object (values, configuration of tools): counted and named, never an error. */
  readonly ignored: readonly Unreadable[];
}

export interface Unrendered {
  readonly tool: 'kustomize' | 'helm';
  readonly folder: string;
}

/** What tells one object from another, and where it stands: small, because there may be a hundred thousand. */
export interface Manifest extends TextSource {
  readonly line: number;
  readonly ordinal: number;
  readonly apiVersion: string;
  readonly group: string;
  readonly kind: string;
  /** undefined where the manifest names none. */
  readonly namespace: string | undefined;
  readonly name: string;
  /** Set where the file is input of a kustomization or a chart, which has not run. */
  readonly unrendered?: Unrendered;
}
