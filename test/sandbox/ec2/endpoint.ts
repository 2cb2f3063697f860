import { EC2Client } from '@aws-sdk/client-ec2';
import type { EC2ClientConfig } from '@aws-sdk/client-ec2';
import { STSClient } from '@aws-sdk/client-sts';
import { newCredentials, Principals } from '../../../src/sandbox/ec2/principals.ts';
import type { Credentials, Principal } from '../../../src/sandbox/ec2/principals.ts';
import { Ec2Server } from '../../../src/sandbox/ec2/server.ts';
import { Audit } from '../../../src/sandbox/pipeline/audit.ts';
import type { AuditEntry } from '../../../src/sandbox/pipeline/audit.ts';
import { Faults } from '../../../src/sandbox/pipeline/faults.ts';
import type { FaultAction } from '../../../src/sandbox/pipeline/faults.ts';
import type { CloudPeriods } from '../../../src/sandbox/ec2/state.ts';
import { CloudStore, emptyCloud } from '../../../src/sandbox/ec2/store.ts';

export const zone = 'eu-central-1a';

/** A listening endpoint with one instance per zone, and the real SDK pointed at it. */
export async function startEndpoint(periods: Partial<CloudPeriods> = {}) {
  let offset = 0;
  const faults = new Faults();
  const audit = new Audit();
  const entries: AuditEntry[] = [];
  audit.listen((entry) => entries.push(entry));
  const place = { account: '123456789012', region: 'eu-central-1', zones: ['eu-central-1a', 'eu-central-1b'] };
  const store = new CloudStore(emptyCloud(place), {
    periods: { creating: 0, attaching: 0, detaching: 0, snapshot: 0, ...periods },
    now: () => Date.now() + offset,
  });
  for (const [index, name] of store.state.zones.entries()) addInstance(store, `i-0aaaaaaaaaaaaaaa${index}`, name);
  const principals = new Principals({
    principals: [principal('admin', ['*']), principal('viewer', ['Describe*'])],
    retired: [],
  });
  const server = await Ec2Server.start({ store, principals, audit, faults });
  const credentialsOf = (name: string): Credentials => principals.get(name)!.credentials;
  const options = (credentials: Credentials, region = place.region) =>
    ({ endpoint: server.url, region, credentials, maxAttempts: 1 }) as const;
  return {
    server,
    store,
    principals,
    audit: entries,
    faults,
    /** The next request, whatever it is, meets this. */
    fail: (action: FaultAction) => void faults.add({ match: { times: 1 }, action }),
    ec2: (name = 'admin', region?: string, more: EC2ClientConfig = {}) =>
      new EC2Client({ ...options(credentialsOf(name), region), ...more }),
    sts: (name = 'admin', region?: string) => new STSClient(options(credentialsOf(name), region)),
    with: (credentials: Credentials) => ({
      ec2: new EC2Client(options(credentials)),
      sts: new STSClient(options(credentials)),
    }),
    /** Moves the cloud's clock, not the client's. */
    advance: (milliseconds: number) => void (offset += milliseconds),
    close: () => server.close(),
  };
}

export type Endpoint = Awaited<ReturnType<typeof startEndpoint>>;

/** What a failed call says of itself: `[code, HTTP status]`. */
export async function failureOf(call: Promise<unknown>): Promise<[string, number | undefined]> {
  try {
    await call;
  } catch (error) {
    const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } };
    return [name, $metadata?.httpStatusCode];
  }
  throw new Error('The call succeeded.');
}

function addInstance(store: CloudStore, id: string, zone: string): void {
  store.state.instances[id] = {
    id,
    zone,
    type: 'm6i.large',
    state: 'running',
    privateDnsName: `ip-10-0-0-1.eu-central-1.compute.internal`,
    launchedAt: store.now(),
    tags: { Name: `node-${zone}` },
  };
}

function principal(name: string, allow: string[]): Principal {
  const arn = `arn:aws:sts::123456789012:assumed-role/${name}/sandbox`;
  return { name, arn, userId: `AROASANDBOX:${name}`, allow, deny: [], credentials: newCredentials(), expired: false };
}
