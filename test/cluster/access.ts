import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One user, known to the API server by a token and to moto by an access key. */
export interface UserAccess {
  readonly token: string;
  /** A file with one context, which has the name of the user. */
  readonly kubeconfig: string;
  readonly awsProfile: string;
}

export type UserName = 'admin' | 'operator' | 'viewer';

/** All that a test needs to speak with a cluster that runs. */
export interface ClusterAccess {
  readonly directory: string;
  /** https://127.0.0.1:port */
  readonly kubernetes: string;
  /** The certificate of its authority, PEM. */
  readonly ca: string;
  readonly version: string;
  readonly users: Readonly<Record<UserName, UserAccess>>;
  /** moto: EC2, STS, IAM and S3 behind one URL. The credentials file has one profile a user. */
  readonly aws: {
    readonly endpoint: string;
    readonly region: string;
    readonly account: string;
    readonly credentialsFile: string;
  };
}

declare module 'vitest' {
  interface ProvidedContext {
    /** The cluster of this run. Where there is none, no suite is reached. */
    cluster: ClusterAccess;
    /** Why there is none, and whether that is a fault or only a machine that lacks something. */
    withoutCluster: { readonly why: string; readonly isFault: boolean } | null;
  }
}

/** Written last by a start: where it can be read, the cluster was ready. */
export function accessFile(directory: string): string {
  return join(directory, 'access.json');
}

export function readAccess(directory: string): ClusterAccess {
  return JSON.parse(readFileSync(accessFile(directory), 'utf8')) as ClusterAccess;
}
