const NOT_VALIDATED = 'validation does not go that far';
const CONTROLLERS = 'a controller wrote between the patch and what was recorded; none runs here';
const MEDIA_TYPE = 'two messages of the recorded server for one 415: a filter answers types that no kind accepts';
const FINALIZER = 'the sandbox refuses an unqualified finalizer of a custom resource; the recorded server only warns';
const APPLIED_KIND = 'the message is the sandbox’s own';

/**
 * Recorded answers to patches that the sandbox gives differently, each with its reason. The replay says when one of
 * them has become equal: then it comes off this list.
 */
export const DIFFERENT: Record<string, string> = {
  'json: replace the whole document': 'a patched object without metadata is not refused by name',
  'merge: wrong uid': 'another uid in a patch is answered as a failed precondition (409)',
  'merge: invalid label': 'the recorded server repeats each cause of metadata',
  'merge: deletionTimestamp/creationTimestamp ignored?': 'deletionTimestamp is not compared with the stored one',
  'unsupported patch type': MEDIA_TYPE,
  'yaml as merge patch type': MEDIA_TYPE,
  'apply: content type application/apply-patch+json?': MEDIA_TYPE,
  'custom resource: strategic (415)': 'the sandbox also names CBOR, which the recorded server did not',
  'pv strategic: claimRef $patch replace': CONTROLLERS,
  'apply: PV create': CONTROLLERS,
  'pv merge: immutable source': 'the recorded message ends with a diff of Go structs',
  'strategic: volumes change source without retainKeys (422)': NOT_VALIDATED,
  'strategic: Node taints $patch replace []': NOT_VALIDATED,
  'strategic: map $patch replace': 'a changed annotation of a Deployment counts in its generation',
  'custom resource: merge, syncPolicy null': FINALIZER,
  'custom resource: merge list replaced': FINALIZER,
  'custom resource: json': FINALIZER,
  'custom resource: invalid': FINALIZER,
  'custom resource: unknown field pruned': FINALIZER,
  'custom resource: status in main (no status subresource in this CRD)': FINALIZER,
  'custom resource: dryRun': FINALIZER,
  'custom resource: generation on metadata-only change': FINALIZER,
  'custom resource: no-op': FINALIZER,
  'custom resource: /status subresource':
    'a subresource that is not there is answered as an unknown path, not by its object',
  'velero backup merge status': 'without a status subresource the status counts in the generation',
  'scale: strategic': 'a scale to the replicas it has splits the entry of managedFields',
  'scale: string': 'the type of a patched Scale is checked without quoting the object',
  'apply: no apiVersion/kind': APPLIED_KIND,
  'apply: wrong kind': APPLIED_KIND,
  'apply: uid for a missing object (409)': 'the uid of what is applied is no precondition for creating',
  'apply: duplicate list key': 'the message names the namespace of the URL, the recorded one that of the body',
};

/** Recorded requests for what the sandbox does not simulate: none of the patches. */
export const NOT_SERVED: Record<string, string> = {};

/** Of the 185 recorded patches. */
export const COUNTED = { equal: 154, different: 31, notServed: 0 };
