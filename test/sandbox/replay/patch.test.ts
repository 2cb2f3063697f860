import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/sandbox/types.ts';
import { recordedPatches, type RecordedCase } from '../patch/recorded.ts';
import { COUNTED, DIFFERENT, NOT_SERVED } from './patch-differences.ts';
import { sendRecorded, type Answer } from './recorded-server.ts';

const cases = recordedPatches();

describe('recorded patches over HTTP', () => {
  it.each(cases.filter(({ name }) => !(name in DIFFERENT) && !(name in NOT_SERVED)))('$name', async (recorded) => {
    const answer = await sendRecorded(recorded);
    expect(shownOf(answer)).toEqual(expectedOf(recorded));
  });

  it('differs only where a reason is written down, and still does', async () => {
    const equalNow: string[] = [];
    for (const recorded of cases.filter(({ name }) => name in DIFFERENT)) {
      const answer = await sendRecorded(recorded);
      if (isDeepStrictEqual(shownOf(answer), expectedOf(recorded))) equalNow.push(recorded.name);
    }
    expect(equalNow, 'take these off the list of differences').toEqual([]);
  });

  it('counts what is equal, different and not served', () => {
    const different = Object.keys(DIFFERENT).length;
    const notServed = Object.keys(NOT_SERVED).length;
    expect({ equal: cases.length - different - notServed, different, notServed }).toEqual(COUNTED);
  });
});

function shownOf({ status, body, warnings, after }: Answer): object {
  return { status, body: comparable(body), warnings, after: after ? comparable(after) : null };
}

function expectedOf({ response, before, after }: RecordedCase): object {
  const header = response.headers['warning'] ?? '';
  const warnings = [...header.matchAll(/299 - ("(?:[^"\\]|\\.)*")/g)].map((found) => JSON.parse(found[1]!) as string);
  const stored = after === 'same as response' ? response.body : after === 'same as before' ? before : after;
  return {
    status: response.status,
    body: comparable(response.body as KubeObject),
    warnings,
    after: stored ? comparable(stored as KubeObject) : null,
  };
}

/**
 * Without what differs from run to run (revisions, times and the uid of what was just made) and without what the real
 * controllers wrote to a workload while it was recorded: none run here.
 */
function comparable(object: KubeObject): object {
  const { resourceVersion: _revision, uid: _uid, creationTimestamp: _made, ...metadata } = object.metadata ?? {};
  if (object.kind !== 'Deployment' && object.kind !== 'StatefulSet') return { ...object, metadata };
  const { status: _status, ...fields } = object;
  const { annotations, managedFields, ...kept } = metadata;
  const { 'deployment.kubernetes.io/revision': _rollout, ...ours } = annotations ?? {};
  const owners = managedFields?.filter((entry) => entry.manager !== 'kube-controller-manager');
  return { ...fields, metadata: { ...kept, annotations: ours, managedFields: owners } };
}
