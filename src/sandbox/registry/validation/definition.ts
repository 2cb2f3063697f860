import type { KubeObject } from '../../types.ts';
import { isFields, listAt, textAt, valueAt } from '../fields.ts';
import type { Cause } from '../status.ts';
import { required, wrong } from './causes.ts';

/** What is looked at of a CustomResourceDefinition: its name, and that each version has a schema. */
export function validateDefinition(object: KubeObject): Cause[] {
  const name = object.metadata.name ?? '';
  const wanted = `${textAt(object, 'spec', 'names', 'plural')}.${textAt(object, 'spec', 'group')}`;
  return [
    ...(name === wanted ? [] : [wrong('metadata.name', name, 'must be spec.names.plural+"."+spec.group')]),
    ...listAt(object, 'spec', 'versions').flatMap((version, index) =>
      isFields(valueAt(version, 'schema', 'openAPIV3Schema'))
        ? []
        : [required(`spec.versions[${index}].schema.openAPIV3Schema`)],
    ),
  ];
}
