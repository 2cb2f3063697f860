import { crashShard } from './sandbox-shard.ts';

crashShard(2, 4);
