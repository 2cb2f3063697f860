import type { Strategy } from '../kind.ts';
import { coreStrategies } from './core.ts';
import { definitionStrategies } from './definitions.ts';
import { podStrategies } from './pods.ts';
import { rbacStrategies } from './rbac.ts';
import { serviceStrategies } from './services.ts';
import { storageStrategies } from './storage.ts';
import { workloadStrategies } from './workloads.ts';

/** What each built-in kind does on its way into the store, by `resource` or `resource.group`. */
export const strategies: Record<string, Strategy> = {
  ...coreStrategies,
  ...definitionStrategies,
  ...podStrategies,
  ...rbacStrategies,
  ...serviceStrategies,
  ...storageStrategies,
  ...workloadStrategies,
};
