type Fields = Record<string, unknown>;

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const uid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Entries of managedFields are in the order of their times, and which writes fall into one second is chance. */
const byText = (one: unknown, other: unknown): number => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);

/** A body without what differs from run to run: uids, revisions, times, addresses, generated suffixes. */
export function normalised(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return normalisedText(value, key);
  if (Array.isArray(value)) {
    const items = value.filter((item) => !isOpenShiftSource(item)).map((item) => normalised(item, key));
    return key === 'managedFields' ? items.toSorted(byText) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as Fields).map(([name, inner]) => [name, normalised(inner, name)] as const);
  return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined));
}

/** The recorded server was built with OpenShift's patch that mounts one more certificate into each pod. */
export function isOpenShiftSource(item: unknown): boolean {
  const source = item as { configMap?: { name?: string } } | null;
  return source?.configMap?.name === 'openshift-service-ca.crt';
}

function normalisedText(text: string, key: string): string {
  if (time.test(text)) return '<time>';
  if (key === 'cells')
    return /^\d+[smhd]\d*[smh]?$/.test(text) ? '<age>' : text.replace(/^10\.96\.\d+\.\d+$/, '<address>');
  if (key === 'resourceVersion') return '<revision>';
  if (key === 'continue') return '<continue>';
  if (key === 'clusterIP' || key === 'clusterIPs') return text.replace(/^10\.96\.\d+\.\d+$/, '<address>');
  if (key === 'podIP' || key === 'ip') return text.replace(/^10\.\d+\.\d+\.\d+$/, '<address>');
  if (key === 'nodeName') return text.replace(/^fake-node-\d$/, '<node>');
  if (key === 'topology.kubernetes.io/zone') return text.replace(/^us-east-1[a-c]$/, '<zone>');
  if (key === 'token') return '<token>';
  if (key === 'ca.crt') return '<certificate>';
  return text
    .replace(uid, '<uid>')
    .replaceAll(/"f:[^"]*<uid>/g, '<uid>')
    .replace(/kube-api-access-[a-z0-9]{5}/, 'kube-api-access-<suffix>')
    .replace(/\bgen-[a-z0-9]{5}\b/, 'gen-<suffix>')
    .replace(/ResourceVersion in record \(\d+\)/, 'ResourceVersion in record (<revision>)')
    .replace(/current: \d+/, 'current: <revision>')
    .replace(/too old resource version: (\d+) \(\d+\)/, 'too old resource version: $1 (<revision>)')
    .replace(/^127\.0\.0\.1:\d+$/, 'HOST');
}
