/** What a claim's volume holds, as far as a drill compares it. Opaque to the drill: only the playground reads it. */
export type ApplicationState = readonly {
  readonly claim: string;
  readonly volumeId?: string;
  readonly records: number;
}[];

/**
 * A sandbox that a scenario may break. It knows nothing of runbooks; what it does here is what the person did who caused
 * the outage, and it is never reached by drctl's own door.
 */
export interface Playground {
  /** Applies manifest texts in order. */
  apply(manifests: readonly string[]): Promise<void>;
  /** Resolves when every pod of the namespace is Ready and every claim's volume has this many records. */
  settled(namespace: string, records: number): Promise<void>;
  /** Sets Retain on the PVs of a namespace, but not on those of these claims. */
  retainAllBut(namespace: string, claims: readonly string[]): Promise<void>;
  /** The volume of a claim stays attached, as EC2 does with a busy device, until its PV has policy Retain. */
  holdDetach(namespace: string, claim: string): Promise<void>;
  /** Deletes it and resolves when it is gone and its PVs are Released. */
  deleteNamespace(namespace: string): Promise<void>;
  /** Resolves when somebody else has deleted it, and its PVs are Released. */
  gone(namespace: string): Promise<void>;
  /** A commit to the repository that Argo CD reads: these folders as they are now, all others as they were. */
  commit(message: string, folders: Readonly<Record<string, Readonly<Record<string, string>>>>): Promise<void>;
  /** A Velero backup of a schedule as if its hour had come then (milliseconds since 1970). */
  backUp(schedule: string, at: number): Promise<void>;
  /** Where the sandbox answers for a Service of its workloads. */
  serviceUrl(namespace: string, service: string): Promise<string>;
  state(namespace: string): Promise<ApplicationState>;
  /**
   * In words what is not as it was: nothing when every claim is on its own volume with its own content. Of `restored` claims
   * only the content counts: their volume is another one.
   */
  differences(before: ApplicationState, after: ApplicationState, restored?: readonly string[]): string[];
}
