import { isDrctlError } from '../model/errors.ts';

/** A Change that promise 4 forbids is not made: its reason becomes the step's `blocked`, not an end of the program. */
export function orRefusal<T>(make: () => T): { readonly made: T } | { readonly refusal: string } {
  try {
    return { made: make() };
  } catch (error) {
    if (isDrctlError(error, 'DataWouldBeDestroyed')) return { refusal: error.message };
    throw error;
  }
}
