import { cloudDifferences } from './cloud-differences.ts';

/** A case that the sandbox does not hold to, and why it stays so. */
export interface Difference {
  readonly reason: string;
  /**
   * `expected`: the case's own expectation, true of a real server, fails in the sandbox. `compared`: the expectation
   * holds in both, and something else of an answer differs. `reference`: what plays the real one fails the case, and the
   * sandbox holds to it.
   */
  readonly where: 'expected' | 'compared' | 'reference';
}

const because = {
  VERSION: 'the sandbox says that it is one, and nothing of a compiler',
  NOT_SERVED: 'not simulated: answered 501, which names it',
  NO_SCHEMA:
    'the groups of RBAC, reviews and definitions have no OpenAPI document: kubectl apply of a Role needs --validate=false',
  YAML_WORDS: 'the reason is in the words of another YAML library',
  STATUS_OF_NOTHING:
    'an apply to the status of what is not there is 404 for every kind; a real server tries to make the object',
  ESCALATION: 'RBAC does not look for escalation: a binding may name a role that is not there',
  NO_KIND: 'of a document without a kind it is not said which of its fields are unknown',
  QUOTED: 'the message quotes the object, and owned fields are quoted in another order, or left out of a Scale',
  UNDESCRIBED: 'the OpenAPI documents of the sandbox have no descriptions',
  PROTOBUF: 'kubectl sends this object as protobuf, which the sandbox reads of the kinds of a recovery only',
  NO_DOCUMENT: 'kubectl asks for the OpenAPI document of that version first, and a missing one is told it otherwise',
  SCALE_PATH: 'a scale of a custom kind is owned as the write of the field that it stands for, not as a scale',
} as const;

const expected = (reason: string): Difference => ({ reason, where: 'expected' });
const compared = (reason: string): Difference => ({ reason, where: 'compared' });

/** By the name of the case. A case that is listed and does not differ fails the suite. */
export const differences: Readonly<Record<string, Difference>> = {
  '/version says major and minor': compared(because.VERSION),
  'openapi v3 names a document for each group version, with a hash in its address': expected(because.NO_SCHEMA),
  'apps/v1/daemonsets are served': expected(because.NOT_SERVED),
  'batch/v1/jobs are served': expected(because.NOT_SERVED),
  'batch/v1/cronjobs are served': expected(because.NOT_SERVED),
  'policy/v1/poddisruptionbudgets are served': expected(because.NOT_SERVED),
  'networking.k8s.io/v1/networkpolicies are served': expected(because.NOT_SERVED),
  'networking.k8s.io/v1/ingresses are served': expected(because.NOT_SERVED),
  'discovery.k8s.io/v1/endpointslices are served': expected(because.NOT_SERVED),
  'storage.k8s.io/v1/csinodes are served': expected(because.NOT_SERVED),
  'patch json: the whole document is not replaced by one without a kind': expected(because.NO_KIND),
  'patch merge: text where a number is wanted is 422': compared(because.QUOTED),
  'scale: replicas that are no number are refused': compared(because.QUOTED),
  'apply of text that is no YAML is 400': compared(because.YAML_WORDS),
  'apply to the status of what is not there is refused as an object that would be invalid': expected(
    because.STATUS_OF_NOTHING,
  ),
  'a RoleBinding without a role is 500, since its rules cannot be looked up': expected(because.ESCALATION),
  'custom: scale reads and writes where the definition says': compared(because.SCALE_PATH),
  'kubectl: explain: fields of built-in kinds': compared(because.UNDESCRIBED),
  'kubectl: a role made by options': expected(because.PROTOBUF),
  'kubectl: a role applied, checked by kubectl against the OpenAPI document of its group': expected(because.NO_SCHEMA),
  'kubectl: a version that is not served': expected(because.NO_DOCUMENT),
  ...cloudDifferences,
};
