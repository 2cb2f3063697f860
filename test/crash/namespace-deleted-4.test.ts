import { crashShard } from './sandbox-shard.ts';

crashShard(3, 4);
