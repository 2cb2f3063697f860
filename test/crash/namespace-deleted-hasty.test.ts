import { crashShard } from './sandbox-shard.ts';

// One point in nine: most of them are those of the plain scenario, which are all visited.
crashShard(4, 9, 'namespace-deleted-hasty');
