import { crashShard } from './sandbox-shard.ts';

// The whole takes two cores three quarters of an hour: DRCTL_CRASH_EVERY=1 npx vitest run test/crash/argocd
crashShard(1, 2, 'argocd-deleted-stateful-app', 20);
