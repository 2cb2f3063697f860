import type { CustomKind, Strategy } from '../kind.ts';
import { validateBySchema } from '../validation/custom.ts';
import { keepStatus } from './shared.ts';

/** Custom resources: validated by their definition's schema; a PUT must name the resourceVersion it replaces. */
export function customStrategy(custom: CustomKind): Strategy {
  const validate: Strategy['validate'] = (object) => validateBySchema(custom.schema, object);
  return {
    generation: true,
    needsRevision: true,
    validate,
    validateUpdate: validate,
    ...(custom.statusSubresource && {
      prepareForCreate: (object) => void delete object.status,
      prepareForUpdate: keepStatus,
    }),
  };
}
