import type { ContractArea } from '../case.ts';
import { applies } from './api-apply.ts';
import { customs } from './api-custom.ts';
import { deletes } from './api-deletes.ts';
import { discovery } from './api-discovery.ts';
import { execs } from './api-exec.ts';
import { proxies } from './api-proxy.ts';
import { forms } from './api-forms.ts';
import { kinds } from './api-kinds.ts';
import { lists } from './api-lists.ts';
import { metadata } from './api-metadata.ts';
import { objects } from './api-objects.ts';
import { listPatches } from './api-patch-lists.ts';
import { patches } from './api-patches.ts';
import { podCases } from './api-pods.ts';
import { storage } from './api-storage.ts';
import { subresources } from './api-subresources.ts';
import { watches } from './api-watch.ts';
import { writes } from './api-writes.ts';
import { controllers } from './controllers.ts';

/** Every case there is, by area. A file of cases that is not here is not run. */
export const areas: readonly ContractArea[] = [
  { area: 'discovery', cases: discovery },
  { area: 'objects', cases: objects },
  { area: 'lists', cases: lists },
  { area: 'patches', cases: [...patches, ...listPatches] },
  { area: 'apply', cases: applies },
  { area: 'writes', cases: writes },
  { area: 'deletes', cases: deletes },
  { area: 'watch', cases: watches },
  { area: 'subresources', cases: [...subresources, ...execs, ...proxies] },
  { area: 'storage', cases: storage },
  { area: 'kinds', cases: [...kinds, ...podCases] },
  { area: 'metadata', cases: metadata },
  { area: 'forms', cases: forms },
  { area: 'custom', cases: customs },
  ...controllers,
];
