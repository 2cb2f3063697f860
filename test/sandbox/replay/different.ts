/** Why an answer differs from the recorded one, or is not given. */
const because = {
  ELSEWHERE: 'the recorded cluster also held objects of other recordings, or of its own start, that this answer counts',
  MOMENT: 'a controller of the recorded cluster wrote at another moment, between two requests',
  HASH: 'revisions and replica sets are named by another hash of the template',
  GO_DIFF: 'a real server appends a diff of its Go structs to the sentence',
  QUOTA: 'resource quotas can be looked for and not made: creating one is answered 501, which names it',
  BUDGET: 'disruption budgets are not simulated, and the pod was made outside the recording',
  NODE_TTL: 'the node-ttl controller is not simulated',
  KUBELET: 'the recorded kubelet was a fake of another name that wrote its status in one piece',
  PROVISIONER: 'the recorded cluster had no provisioner, so no provisioner held the volume',
  OPENSHIFT: "the recorded server was built with OpenShift's extra ConfigMap in every namespace",
  SERVED: 'discovery names only what is simulated',
  VERSION: 'the version says that this is the sandbox',
  OMITTED: 'the recording left the body out',
  PROTOBUF: 'errors are not encoded as protobuf',
  TIMER:
    'its bookmark comes at the end, or after a minute, and this replay does not wait so long; test/sandbox/api/watch.test.ts waits for one',
  RESTART: 'recorded after a restart and a compaction of etcd; watch.test.ts and list.test.ts have their like',
  PARTLY: 'seeded from a table row, which does not tell everything of the object',
  CERTIFICATE: 'the recorded administrator came by certificate, here by token',
  SCRUBBED: 'the recording scrubbed the token that was sent',
  ORDER: 'rules are listed in another order, and the recorded role had kinds that are not simulated',
  ESCALATION: 'RBAC does not look for escalation: a role may grant what its writer lacks',
  NOT_SERVED: 'not simulated: answered 501, which names it',
} as const;

/**
 * The recorded cases that are not answered as recorded, each with its reason. A case that is not here must be equal: the
 * table gets shorter as the sandbox gets truer, and longer only by somebody's decision.
 */
export const different: Record<string, string> = {
  // ConfigMap: list
  'crud 11': because.ELSEWHERE,
  // PersistentVolume: list
  'crud 51': because.ELSEWHERE,
  // PersistentVolumeClaim: replace unchanged (resourceVersion kept)
  'crud 58': because.MOMENT,
  // PersistentVolumeClaim: list
  'crud 59': because.MOMENT,
  // Pod: get
  'crud 63': because.MOMENT,
  // Pod: replace (PUT), retry
  'crud 65': because.MOMENT,
  // Pod: replace unchanged (resourceVersion kept)
  'crud 67': because.MOMENT,
  // Pod: list
  'crud 68': because.KUBELET,
  // Pod full: get
  'crud 72': because.MOMENT,
  // Pod full: replace (PUT), retry
  'crud 74': because.MOMENT,
  // Pod full: replace unchanged (resourceVersion kept)
  'crud 76': because.MOMENT,
  // Pod full: list
  'crud 77': because.KUBELET,
  // StatefulSet: replace (PUT), retry
  'crud 83': because.HASH,
  // StatefulSet: replace unchanged (resourceVersion kept)
  'crud 85': because.MOMENT,
  // StatefulSet: list
  'crud 86': because.HASH,
  // Deployment: get
  'crud 90': because.MOMENT,
  // Deployment: replace (PUT)
  'crud 91': because.MOMENT,
  // Deployment: replace unchanged (resourceVersion kept)
  'crud 93': because.MOMENT,
  // Deployment: list
  'crud 94': because.MOMENT,
  // ReplicaSet: get
  'crud 98': because.MOMENT,
  // ReplicaSet: replace (PUT)
  'crud 99': because.MOMENT,
  // ReplicaSet: list
  'crud 102': because.HASH,
  // VolumeAttachment: list
  'crud 126': because.ELSEWHERE,
  // Event: list
  'crud 142': because.ELSEWHERE,
  // Node: get
  'crud 146': because.NODE_TTL,
  // Node: list
  'crud 150': because.ELSEWHERE,
  // ResourceQuota: create minimal
  'crud 200': because.QUOTA,
  // ResourceQuota: create again (409)
  'crud 201': because.QUOTA,
  // ResourceQuota: get
  'crud 202': because.QUOTA,
  // ResourceQuota: replace (PUT)
  'crud 203': because.QUOTA,
  // ResourceQuota: replace with stale resourceVersion (409)
  'crud 204': because.QUOTA,
  // ResourceQuota: replace unchanged (resourceVersion kept)
  'crud 205': because.QUOTA,
  // ResourceQuota: list
  'crud 206': because.QUOTA,
  // immutable: PV source
  'crud 280': because.GO_DIFF,
  // PVC bound
  'crud 285': because.MOMENT,
  // immutable: PVC volumeName after bind
  'crud 286': because.GO_DIFF,
  // immutable: PVC accessModes after bind
  'crud 287': because.GO_DIFF,
  // immutable: PVC grow, class missing
  'crud 290': because.GO_DIFF,
  // immutable: StatefulSet allowed (replicas,minReadySeconds)
  'crud 293': because.HASH,
  // immutable: Pod spec
  'crud 295': because.GO_DIFF,
  // immutable: Pod nodeName
  'crud 296': because.GO_DIFF,
  // bool param bad
  'crud 342': because.OPENSHIFT,
  // ReplicaSets right after Foreground
  'crud 372': because.HASH,
  // Deployment delete propagationPolicy=Orphan
  'crud 375': because.MOMENT,
  // Deployment get right after Orphan
  'crud 376': because.MOMENT,
  // ReplicaSets right after Orphan
  'crud 377': because.HASH,
  // ReplicaSets 1.5 s after Orphan
  'crud 379': because.HASH,
  // Pod delete default grace
  'crud 380': because.KUBELET,
  // Pod get right after delete
  'crud 381': because.KUBELET,
  // Pod delete force
  'crud 382': because.KUBELET,
  // PV delete while Bound (pv-protection)
  'crud 385': because.PROVISIONER,
  // PV get while terminating
  'crud 386': because.PROVISIONER,
  // ResourceQuota: delete
  'crud 431': because.QUOTA,
  // Namespace while terminating, 5069 ms
  'crud 441': because.MOMENT,
  // 429 eviction blocked by a PodDisruptionBudget
  'crud 446': because.BUDGET,
  // eviction allowed (201)
  'crud 447': because.BUDGET,
  // 403 quota exceeded (PVC create)
  'crud 448': because.QUOTA,
  // 403 quota exceeded (PVC create, dryRun)
  'crud 449': because.QUOTA,
  // Table crd
  'list-watch 123': because.ELSEWHERE,
  // Table roles
  'list-watch 124': because.ELSEWHERE,
  // Table rolebindings
  'list-watch 125': because.ELSEWHERE,
  // Table clusterroles
  'list-watch 126': because.ELSEWHERE,
  // Table clusterrolebindings
  'list-watch 127': because.ELSEWHERE,
  // PartialObjectMetadataList crd
  'list-watch 156': because.ELSEWHERE,
  // PartialObjectMetadataList roles
  'list-watch 157': because.ELSEWHERE,
  // PartialObjectMetadataList rolebindings
  'list-watch 158': because.ELSEWHERE,
  // PartialObjectMetadataList clusterroles
  'list-watch 159': because.ELSEWHERE,
  // PartialObjectMetadataList clusterrolebindings
  'list-watch 160': because.ELSEWHERE,
  // PartialObjectMetadataList quota
  'list-watch 161': because.QUOTA,
  // Table limit+continue
  'list-watch 168': because.PARTLY,
  // PartialObjectMetadata of one
  'list-watch 171': because.PARTLY,
  // Table after DELETE? (delete with Table accept)
  'list-watch 172': because.PARTLY,
  // protobuf only for custom resource (406)
  'list-watch 175': because.PROTOBUF,
  // legacy /watch/ prefix
  'list-watch 177': because.PARTLY,
  // watch pod fieldSelector status.phase=Running
  'list-watch 183': because.KUBELET,
  // sendInitialEvents=true (watch-list), bookmark with initial-events-end
  'list-watch 186': because.TIMER,
  // watch as Table
  'list-watch 202': because.KUBELET,
  // allowWatchBookmarks: periodic bookmark (timeoutSeconds=65)
  'list-watch 208': because.TIMER,
  // continue token after etcd compaction (still served from the cache snapshot)
  'list-watch 209': because.RESTART,
  // continue with the token of the previous answer
  'list-watch 210': because.RESTART,
  // list Exact at a compacted resourceVersion
  'list-watch 211': because.RESTART,
  // watch from a compacted resourceVersion (watch cache may still serve)
  'list-watch 212': because.RESTART,
  // 410 Expired: continue token after compaction
  'list-watch 213': because.RESTART,
  // continue with the token of the 410 answer (inconsistent list)
  'list-watch 214': because.RESTART,
  // 410 Expired: list resourceVersionMatch=Exact at a compacted resourceVersion
  'list-watch 215': because.RESTART,
  // 410 Expired: limit with old resourceVersion Exact
  'list-watch 216': because.RESTART,
  // limit=2 with an old resourceVersion and no resourceVersionMatch (means Exact)
  'list-watch 217': because.RESTART,
  // SelfSubjectRulesReview admin
  'auth 28': because.ORDER,
  // SelfSubjectRulesReview viewer
  'auth 30': because.ORDER,
  // SelfSubjectReview admin
  'auth 32': because.CERTIFICATE,
  // TokenReview JWT with a wrong signature
  'auth 48': because.SCRUBBED,
  // anonymous /version
  'auth 59': because.VERSION,
  // 200 viewer: list configmaps
  'auth 80': because.ELSEWHERE,
  // 403 privilege escalation through a Role
  'auth 82': because.ESCALATION,
  // 403 binding a stronger ClusterRole
  'auth 83': because.ESCALATION,
  // version
  'discovery 0': because.VERSION,
  // apis legacy
  'discovery 2': because.SERVED,
  // api aggregated
  'discovery 3': because.SERVED,
  // apis aggregated
  'discovery 4': because.SERVED,
  // api aggregated, kubectl accept list
  'discovery 5': because.SERVED,
  // apis aggregated nopeer
  'discovery 6': because.OMITTED,
  // api/v1
  'discovery 7': because.SERVED,
  // apis/apps/v1
  'discovery 9': because.SERVED,
  // apis/storage.k8s.io/v1
  'discovery 11': because.SERVED,
  // apis/batch
  'discovery 24': because.NOT_SERVED,
  // apis/batch/v1
  'discovery 25': because.NOT_SERVED,
  // apis/policy
  'discovery 26': because.NOT_SERVED,
  // apis/policy/v1
  'discovery 27': because.NOT_SERVED,
  // apis/networking.k8s.io
  'discovery 28': because.NOT_SERVED,
  // apis/networking.k8s.io/v1
  'discovery 29': because.NOT_SERVED,
  // apis/discovery.k8s.io
  'discovery 30': because.NOT_SERVED,
  // apis/discovery.k8s.io/v1
  'discovery 31': because.NOT_SERVED,
  // apis/snapshot.storage.k8s.io
  'discovery 32': because.SERVED,
  // apis/snapshot.storage.k8s.io/v1
  'discovery 33': because.SERVED,
  // apis/velero.io
  'discovery 36': because.SERVED,
  // apis/velero.io/v2alpha1
  'discovery 38': because.SERVED,
  // root paths
  'discovery 43': because.SERVED,
  // etag If-None-Match note: etag header
  'discovery 50': because.OMITTED,
};
