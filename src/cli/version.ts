import { packageVersion } from './package-root.ts';

export const VERSION = packageVersion();
