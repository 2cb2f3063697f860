import type { Column } from '../kind.ts';
import { age } from './cells.ts';

export const nameAndAge: Column[] = [
  { name: 'Name', type: 'string', format: 'name', cell: (object) => object.metadata.name ?? '' },
  { name: 'Created At', type: 'date', cell: (object) => object.metadata.creationTimestamp ?? null },
];

export const columns: Record<string, Column[]> = {
  namespaces: [
    { name: 'Name', type: 'string', format: 'name', cell: (object) => object.metadata.name ?? '' },
    { name: 'Age', type: 'string', cell: age },
  ],
};
