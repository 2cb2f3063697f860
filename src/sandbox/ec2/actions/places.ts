import type { Ec2Action } from '../action.ts';
import { instanceAnswer, set } from '../answers.ts';
import { CloudFailure, instanceNotFound } from '../failure.ts';
import { matches, refuseUnknownFilters } from '../filters.ts';
import type { Filterable } from '../filters.ts';
import { pageOf, unpagedIds } from '../paging.ts';
import type { Query } from '../query.ts';
import type { InstanceRecord } from '../state.ts';
import type { CloudStore } from '../store.ts';

/** Where things are: instances, zones, the region. */
export const placeActions: Record<string, Ec2Action> = {
  DescribeInstances: { parameters: ['InstanceId', 'Filter', 'MaxResults', 'NextToken'], perform: describeInstances },
  DescribeAvailabilityZones: { parameters: ['ZoneName', 'Filter'], perform: describeZones },
  DescribeRegions: { parameters: ['RegionName', 'Filter'], perform: describeRegions },
};

function describeInstances(query: Query, store: CloudStore) {
  const filters = query.filters();
  refuseUnknownFilters(filters, instanceFilters);
  const ids = unpagedIds(query, 'InstanceId', refuseMalformed);
  const all = Object.values(store.state.instances);
  const named = ids.length === 0 ? all : ids.map((id) => all.find((instance) => instance.id === id) ?? absent(id));
  const matching = named.filter((instance) => matches(filterableOf(instance), filters));
  const { page, nextToken } = pageOf(query, matching, (instance) => instance.id);
  const reservations = page.map((instance) => ({
    reservationId: instance.id.replace(/^i-/, 'r-'),
    ownerId: store.state.account,
    instancesSet: set([instanceAnswer(store, instance)]),
  }));
  return { reservationSet: set(reservations), nextToken };
}

function describeZones(query: Query, store: CloudStore) {
  const filters = query.filters();
  refuseUnknownFilters(filters, ['zone-name', 'state', 'region-name']);
  const names = query.list('ZoneName');
  const unknown = names.find((name) => !store.state.zones.includes(name));
  if (unknown !== undefined) throw new CloudFailure('InvalidParameterValue', `Invalid availability zone: [${unknown}]`);
  const zones = store.state.zones.filter((zone) => {
    const fields = { 'zone-name': [zone], state: ['available'], 'region-name': [store.state.region] };
    return (names.length === 0 || names.includes(zone)) && matches({ tags: {}, fields }, filters);
  });
  const items = zones.map((zone, index) => ({
    zoneName: zone,
    zoneState: 'available',
    regionName: store.state.region,
    zoneId: `${shortNameOf(store.state.region)}-az${index + 1}`,
    zoneType: 'availability-zone',
    optInStatus: 'opt-in-not-required',
  }));
  return { availabilityZoneInfo: set(items) };
}

/** eu-central-1 is `euc1` in zone ids. */
const shortNameOf = (region: string): string => {
  const [area = '', direction = '', number = ''] = region.split('-');
  return `${area}${direction.slice(0, 1)}${number}`;
};

function describeRegions(query: Query, store: CloudStore) {
  const filters = query.filters();
  refuseUnknownFilters(filters, ['region-name']);
  const { region } = store.state;
  const unknown = query.list('RegionName').find((name) => name !== region);
  if (unknown !== undefined) throw new CloudFailure('InvalidParameterValue', `Invalid region name: [${unknown}]`);
  const shown = matches({ tags: {}, fields: { 'region-name': [region] } }, filters) ? [region] : [];
  const items = shown.map((name) => ({
    regionName: name,
    regionEndpoint: `ec2.${name}.amazonaws.com`,
    optInStatus: 'opt-in-not-required',
  }));
  return { regionInfo: set(items) };
}

const instanceFilters = [
  'availability-zone',
  'instance-id',
  'instance-state-name',
  'instance-type',
  'private-dns-name',
];

const filterableOf = (instance: InstanceRecord): Filterable => ({
  tags: instance.tags,
  fields: {
    'availability-zone': [instance.zone],
    'instance-id': [instance.id],
    'instance-state-name': [instance.state],
    'instance-type': [instance.type],
    'private-dns-name': [instance.privateDnsName],
  },
});

function absent(id: string): never {
  throw instanceNotFound(id);
}

function refuseMalformed(id: string): void {
  if (!/^i-[0-9a-f]{8,17}$/.test(id)) throw new CloudFailure('InvalidInstanceID.Malformed', `Invalid id: "${id}"`);
}
