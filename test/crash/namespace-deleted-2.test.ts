import { crashShard } from './sandbox-shard.ts';

crashShard(1, 4);
