import { listAt, textAt, valueAt } from '../fields.ts';
import type { Fields } from '../fields.ts';
import type { Column } from '../kind.ts';
import { age } from './cells.ts';

const name: Column = { name: 'Name', type: 'string', format: 'name', cell: (object) => object.metadata.name ?? '' };

/** The name and `additionalPrinterColumns` of a definition's version; without any, the age. */
export function customColumns(version: Fields): Column[] {
  const columns = listAt(version, 'additionalPrinterColumns');
  if (columns.length === 0) return [name, { name: 'Age', type: 'date', cell: age }];
  return [name, ...columns.map(columnOf)];
}

function columnOf(column: Fields): Column {
  const path = textAt(column, 'jsonPath')
    .split('.')
    .filter((part) => part !== '');
  const type = textAt(column, 'type') as Column['type'];
  const { format, description, priority } = column;
  return {
    name: textAt(column, 'name'),
    type,
    ...(typeof format === 'string' && { format }),
    ...(typeof description === 'string' && { description }),
    ...(typeof priority === 'number' && { priority }),
    cell: (object, now) => {
      const value = valueAt(object, ...path);
      if (value === undefined || value === null) return type === 'date' ? '<unknown>' : null;
      if (type === 'date') return age({ ...object, metadata: { creationTimestamp: textAt(object, ...path) } }, now);
      return typeof value === 'object' ? JSON.stringify(value) : (value as string | number | boolean);
    },
  };
}
