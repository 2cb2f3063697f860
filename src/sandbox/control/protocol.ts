import type { FaultRule } from '../pipeline/faults.ts';
import type { VolumeContent } from '../types.ts';
import type { ClaimState } from '../workloads/application-state.ts';

/** What `sandbox status` says. Endpoints are null while nothing runs; the files may stay behind to be read. */
export interface Status {
  running: boolean;
  pid: number | null;
  kubeconfig: string;
  endpoints: { kubernetes: string | null; aws: string | null };
  auditLog: string;
}

/** What each claim's volume holds, and every disk there is, claimed or not, so that a drill can compare before and after. */
export interface DataState {
  claims: ClaimState[];
  volumes: {
    id: string;
    state: string;
    sizeGiB: number;
    zone: string;
    tags: Record<string, string>;
    content: VolumeContent;
  }[];
}

export type EndpointName = 'kubernetes' | 'aws';

/** Every command of the control socket: what goes in, what comes out. */
export interface Commands {
  status: { input: undefined; output: Status };
  'faults.add': { input: FaultRule; output: string };
  'faults.remove': { input: { id: string }; output: null };
  'faults.clear': { input: undefined; output: null };
  'faults.list': { input: undefined; output: (FaultRule & { id: string; used: number })[] };
  /** Keeps the whole state under a name, in memory, as long as the process lives. */
  snapshot: { input: { name: string }; output: null };
  /** Puts a kept state back, on the same ports. Connections are cut, watches end. */
  restore: { input: { name: string }; output: null };
  /** From now on the user's token answers 401 and the session credentials answer expired. */
  'credentials.expire': { input: { user: string }; output: null };
  /** New token and session credentials, written to the kubeconfig and the credentials file; the old ones stay expired. */
  'credentials.renew': { input: { user: string }; output: null };
  /** Sets the EC2 actions that the user may, or may not, call. */
  'rights.set': { input: { user: string; allow?: string[]; deny?: string[] }; output: null };
  /** Another cluster behind the same kubeconfig: kube-system gets a new uid, which is the answer. */
  'identity.change': { input: undefined; output: string };
  /** Cuts all connections of one endpoint or both: for so many milliseconds, or until told otherwise. */
  outage: { input: { on: boolean; milliseconds?: number; endpoint?: EndpointName }; output: null };
  /** The volume stays attached, as EC2 does with a busy device: until released, or until its policy is Retain. */
  'detach.hold': { input: { volume: string; until?: 'Retain' }; output: null };
  /** Without a volume: all of them. */
  'detach.release': { input: { volume?: string }; output: null };
  /** A commit to the repository that Argo CD reads: the whole folder, file to text. The answer is its revision. */
  'repository.commit': { input: { message: string; files: Record<string, string> }; output: string };
  /** A Velero backup of a schedule as if its hour had come at that time (RFC 3339); the answer is its name. */
  'velero.backup': { input: { schedule: string; at: string }; output: string };
  state: { input: undefined; output: DataState };
  stop: { input: undefined; output: null };
}

export type CommandName = keyof Commands;

/** One line of JSON each way. */
export interface ControlRequest {
  id: number;
  command: string;
  input?: unknown;
}

export type ControlReply = { id: number; result: unknown } | { id: number; error: string };
