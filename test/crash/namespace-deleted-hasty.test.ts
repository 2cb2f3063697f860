import { crashShard } from './sandbox-shard.ts';

// A third of the points: the others of this runbook are those of the plain scenario, which are all visited.
crashShard(0, 3, 'namespace-deleted-hasty');
