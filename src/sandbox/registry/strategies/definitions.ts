import { listAt, madeAt, setDefaults, textAt } from '../fields.ts';
import type { Strategy } from '../kind.ts';
import { validateDefinition } from '../validation/definition.ts';
import { keepStatus } from './shared.ts';

const customResourceDefinitions: Strategy = {
  generation: true,
  defaults(object) {
    const spec = madeAt(object, 'spec');
    setDefaults(spec, { conversion: { strategy: 'None' } });
    const names = madeAt(spec, 'names');
    setDefaults(names, { singular: textAt(names, 'kind').toLowerCase(), listKind: `${textAt(names, 'kind')}List` });
  },
  prepareForCreate(object, context) {
    // The server accepts the names and establishes the definition within milliseconds; here it is at once.
    const versions = listAt(object, 'spec', 'versions');
    const condition = (type: string, reason: string, message: string) => ({
      type,
      status: 'True',
      lastTransitionTime: context.now,
      reason,
      message,
    });
    object.status = {
      conditions: [
        condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
        condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
      ],
      acceptedNames: structuredClone(madeAt(object, 'spec').names),
      storedVersions: versions.filter((version) => version.storage === true).map((version) => version.name),
    };
  },
  prepareForUpdate: keepStatus,
  validate: validateDefinition,
  validateUpdate: validateDefinition,
};

export const definitionStrategies: Record<string, Strategy> = {
  'customresourcedefinitions.apiextensions.k8s.io': customResourceDefinitions,
};
