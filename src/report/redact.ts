/**
 * The last net under promise 11. Nothing sealed reaches a journal, and a report prints no field of an object; but reasons
 * and error messages are people's and servers' own words, and those have held tokens before.
 */
export function redact(text: string): string {
  return SECRETS.reduce((rest, [pattern, instead]) => rest.replaceAll(pattern, instead), text);
}

const GONE = '[redacted]';

const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, GONE],
  // JSON Web Tokens: every service account token of Kubernetes is one.
  [/\beyJ[\w-]{6,}\.[\w-]+(?:\.[\w-]*)?/g, GONE],
  [/\bk8s-aws-v1\.[\w-]+/g, GONE],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, `$1 ${GONE}`],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, GONE],
  [/\b(?:gh[pousr]_\w{20,}|xox[abprs]-[\w-]{10,})/g, GONE],
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, `$1${GONE}@`],
  // Webhooks carry their secret in the path.
  [/(https:\/\/hooks\.[\w.-]+\/)\S+/gi, `$1${GONE}`],
  [/\b(X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s]+/gi, `$1${GONE}`],
  [
    /((?:pass(?:word|wd|phrase)?|secret|token|api[-_]?key|access[-_]?key(?:[-_]?id)?|private[-_]?key|credentials?|signature)["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;&]+)/gi,
    `$1${GONE}`,
  ],
];
