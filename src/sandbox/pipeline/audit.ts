import { appendFileSync } from 'node:fs';

/** One line of the audit log, for every request to the sandbox. */
export interface AuditEntry {
  time: string;
  client: string;
  verb: string;
  path: string;
  status: number;
  dryRun: boolean;
}

type Listener = (entry: AuditEntry) => void;

/** Written before the reply leaves, so that who has an answer can also find it in the log. */
export class Audit {
  readonly #file: string | undefined;
  readonly #listeners = new Set<Listener>();

  constructor(file?: string) {
    this.#file = file;
  }

  record(entry: AuditEntry): void {
    if (this.#file !== undefined) appendFileSync(this.#file, `${JSON.stringify(entry)}\n`);
    for (const listener of this.#listeners) listener(entry);
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
