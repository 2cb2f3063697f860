import type { Schemas } from '../../patch/index.ts';
import { defaultCustomResource, validateCustomResource } from '../../patch/index.ts';
import type { CustomKind, Strategy } from '../kind.ts';
import { keepStatus } from './shared.ts';

/** Custom resources: validated by their definition's schema; a PUT must name the resourceVersion it replaces. */
export function customStrategy(custom: CustomKind, schemas: Schemas): Strategy {
  const validate: Strategy['validate'] = (object) => validateCustomResource(object, schemas);
  return {
    generation: true,
    needsRevision: true,
    defaults: (object) => defaultCustomResource(object, schemas),
    validate,
    validateUpdate: validate,
    // Without a subresource the status is a field like any other.
    ...(!custom.statusSubresource && { counted: ({ metadata: _metadata, ...others }) => others }),
    ...(custom.statusSubresource && {
      prepareForCreate: (object) => void delete object.status,
      prepareForUpdate: keepStatus,
    }),
  };
}
