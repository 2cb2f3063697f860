import { crashShard } from './sandbox-shard.ts';

crashShard(0, 4);
