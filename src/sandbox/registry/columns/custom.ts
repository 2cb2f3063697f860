import { listAt, textAt, valueAt } from '../fields.ts';
import type { Fields } from '../fields.ts';
import type { Column } from '../kind.ts';
import { age } from './cells.ts';
import { nameAndAge } from './index.ts';

const [name, created] = nameAndAge;

/** The name and `additionalPrinterColumns` of a definition's version; without any, the age. */
export function customColumns(version: Fields): Column[] {
  const columns = listAt(version, 'additionalPrinterColumns');
  const first = name ? [name] : [];
  const rest = columns.map(columnOf);
  return [...first, ...(rest.length > 0 || !created ? rest : [{ ...created, name: 'Age', cell: age }])];
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
    description:
      typeof description === 'string' && description !== ''
        ? description
        : `Custom resource definition column (in JSONPath format): ${textAt(column, 'jsonPath')}`,
    ...(typeof priority === 'number' && { priority }),
    cell: (object, now) => {
      const value = valueAt(object, ...path);
      if (value === undefined || value === null) return null;
      if (type === 'date') return age({ ...object, metadata: { creationTimestamp: textAt(object, ...path) } }, now);
      return typeof value === 'object' ? JSON.stringify(value) : (value as string | number | boolean);
    },
  };
}
