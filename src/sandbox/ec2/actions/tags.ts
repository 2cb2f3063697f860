import type { Ec2Action } from '../action.ts';
import { set } from '../answers.ts';
import { matches, refuseUnknownFilters } from '../filters.ts';
import { pageOf } from '../paging.ts';
import type { Query } from '../query.ts';
import type { CloudStore } from '../store.ts';
import { createTags, deleteTags, describeTags } from '../tags.ts';

export const tagActions: Record<string, Ec2Action> = {
  CreateTags: {
    parameters: ['ResourceId', 'Tag'],
    required: ['ResourceId.1', 'Tag.1.Key'],
    perform: (query, store) => {
      createTags(store, query.list('ResourceId'), query.tags());
      return { return: true };
    },
  },
  DeleteTags: {
    parameters: ['ResourceId', 'Tag'],
    required: ['ResourceId.1'],
    perform: (query, store) => {
      deleteTags(store, query.list('ResourceId'), query.tagPatterns());
      return { return: true };
    },
  },
  DescribeTags: { parameters: ['Filter', 'MaxResults', 'NextToken'], perform: describe },
};

const filterNames = ['key', 'resource-id', 'resource-type', 'value'];

function describe(query: Query, store: CloudStore) {
  const filters = query.filters();
  refuseUnknownFilters(filters, filterNames);
  const matching = describeTags(store).filter(({ resourceId, resourceType, key, value }) => {
    const fields = { key: [key], value: [value], 'resource-id': [resourceId], 'resource-type': [resourceType] };
    return matches({ tags: { [key]: value }, fields }, filters);
  });
  const { page, nextToken } = pageOf(query, matching, ({ resourceId, key }) => `${resourceId}/${key}`);
  return { tagSet: set(page.map((tag) => ({ ...tag }))), nextToken };
}
