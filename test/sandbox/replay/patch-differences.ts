/**
 * Recorded answers to patches that the sandbox gives differently, each with its reason. The replay fails when one of
 * them has become equal: then it comes off this list.
 */
export const DIFFERENT: Record<string, string> = {
  'merge: invalid label': 'the recorded server repeats each cause of metadata; the sandbox says it once',
  'pv merge: immutable source': 'the recorded message ends with a diff of Go structs',
  'pv strategic: claimRef $patch replace': 'the binder changed the phase between the patch and its answer',
  'apply: PV create': 'the binder wrote the phase before the object was read again; no controllers run here',
  'strategic: volumes change source without retainKeys (422)': 'pod templates are not validated that far',
  'strategic: Node taints $patch replace []': 'taints are not validated',
  'scale: strategic': 'a scale to the replicas it has splits the entry of managedFields; not simulated',
};

/** Recorded requests for what the sandbox does not simulate: none of the patches. */
export const NOT_SERVED: Record<string, string> = {};
