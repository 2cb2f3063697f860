import type { Change, Risk } from '../model/change.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { ObjectRef } from '../model/object-ref.ts';
import type { KubeObject } from '../ports/read-world.ts';

export interface PatchSpec {
  readonly object: ObjectRef;
  readonly type: 'json' | 'merge';
  readonly patch: Json;
  readonly before: Json;
  readonly after: Json;
  readonly risk: Risk;
  readonly because: string;
}

export function patchChange({ type, patch, ...rest }: PatchSpec): Change {
  return { kind: 'kube/patch', ...rest, body: { type, patch } };
}

export function createChange(object: ObjectRef, manifest: KubeObject, because: string): Change {
  return {
    kind: 'kube/create',
    object,
    before: null,
    after: manifest as unknown as JsonObject,
    risk: 'safe',
    body: { object: manifest as unknown as JsonObject },
    because,
  };
}

export interface SnapshotSpec {
  readonly volumeId: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
}

export function snapshotChange(spec: SnapshotSpec): Change {
  return {
    kind: 'ec2/create-snapshot',
    object: { endpoint: 'aws', kind: 'Volume', name: spec.volumeId },
    before: null,
    after: { description: spec.description, tags: spec.tags },
    risk: 'safe',
    body: { volumeId: spec.volumeId, description: spec.description, tags: spec.tags },
  };
}

export interface ApplySpec {
  readonly before: Json;
  readonly risk: Risk;
  readonly force: boolean;
  readonly because: string;
}

export function applyChange(object: ObjectRef, manifest: KubeObject, spec: ApplySpec): Change {
  return {
    kind: 'kube/apply',
    object,
    before: spec.before,
    after: manifest as unknown as JsonObject,
    risk: spec.risk,
    body: { object: manifest as unknown as JsonObject, force: spec.force },
    because: spec.because,
  };
}

export function taskChange(address: string, instruction: string, evidence: readonly string[]): Change {
  return {
    kind: 'human/task',
    object: { endpoint: 'person', kind: 'Task', name: address },
    before: null,
    after: { instruction, evidence },
    risk: 'safe',
    body: { instruction, evidence },
  };
}

export interface ScaleSpec {
  readonly object: ObjectRef;
  readonly from: number;
  readonly to: number;
  readonly risk: Risk;
  readonly because: string;
}

export function scaleChange({ from, to, ...rest }: ScaleSpec): Change {
  return {
    kind: 'kube/scale',
    ...rest,
    before: { spec: { replicas: from } },
    after: { spec: { replicas: to } },
    body: { from, to },
  };
}

export interface CommandSpec {
  readonly address: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export function commandChange({ address, ...body }: CommandSpec): Change {
  return {
    kind: 'shell/command',
    object: { endpoint: 'host', kind: 'Command', name: address },
    before: null,
    after: { argv: body.argv },
    risk: 'opaque',
    body: { ...body },
  };
}

export function webhookChange(address: string, url: string, body: Json): Change {
  return {
    kind: 'http/request',
    object: { endpoint: 'http', kind: 'Request', name: address },
    before: null,
    after: { method: 'POST', url, body },
    risk: 'opaque',
    body: { method: 'POST', url, body },
  };
}
