import type { Fields } from '../case.ts';

/** Small whole objects, so that a case says only what it is about. */
export const configMap = (name: string, more: Fields = {}): Fields => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  ...more,
});
