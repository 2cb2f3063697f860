import { z } from 'zod';
import type { ObjectRef } from '../../model/object-ref.ts';
import type { KubeName } from '../../ports/read-world.ts';

/** The part of `with` that names one object. */
export const objectShape = {
  apiVersion: z.string().min(1).describe('For example apps/v1'),
  kind: z.string().min(1).describe('For example StatefulSet'),
  namespace: z.string().min(1).optional().describe('Where it lives; absent for cluster-scoped kinds'),
  name: z.string().min(1).describe('Its name'),
};

export interface ObjectInput {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}

export function kubeNameOf({ apiVersion, kind, name, namespace }: ObjectInput): KubeName {
  return { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) };
}

/** With its uid: a Change is for this very object, not for another one of its name. */
export function refOf(input: ObjectInput, endpoint: 'cluster' | 'argocd', uid: string | undefined): ObjectRef {
  return { endpoint, ...kubeNameOf(input), ...(uid !== undefined && { uid }) };
}
