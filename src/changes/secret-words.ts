const NAME = String.raw`[\w.-]*(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|credentials?)`;

/** What a secret on a command line looks like. One that looks like nothing is not found: this keeps slips out, not intent. */
const SECRET_WORDS: readonly RegExp[] = [
  // --password=x, --password x, PGPASSWORD=x, db.password=x; not --password-file=x
  new RegExp(String.raw`(?:^|[\s'"])--?${NAME}(?:[=\s]|$)`, 'i'),
  new RegExp(String.raw`(?:^|[\s'"])${NAME}=\S`, 'i'),
  /\b[a-z][a-z\d+.-]*:\/\/[^\s/@:]*:[^\s/@]+@/i,
  /\b(?:authorization|cookie|x-api-key|x-auth-token)\s*:/i,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
];

/** Where the first word stands that looks like a secret, counted from 0. */
export function secretIn(words: readonly string[]): number | undefined {
  const at = words.findIndex((word) => SECRET_WORDS.some((pattern) => pattern.test(word)));
  return at < 0 ? undefined : at;
}
