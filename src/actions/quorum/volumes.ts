import type { ClaimFacts } from '../../inventory/claim.ts';
import type { PvFacts } from '../../inventory/persistent-volume.ts';
import { ec2VolumeIdOf } from '../../inventory/volume-handle.ts';
import type { Evidence } from '../../model/question.ts';
import type { CloudVolume } from '../../ports/read-world.ts';

/** What stands behind one member's claim, and whether it may be started on it. */
export interface MemberVolume {
  readonly claim: string;
  readonly volume?: string;
  readonly made?: string;
  readonly from?: string;
  /** Absent: it is its own volume, or was restored from a snapshot. */
  readonly problem?: string;
  /** The problem is one that may end by itself. */
  readonly waits?: true;
}

export interface Facts {
  readonly claims: readonly ClaimFacts[];
  readonly volumes: readonly PvFacts[];
  readonly cloud: readonly CloudVolume[] | undefined;
}

/**
 * Blank members have a say in ZooKeeper, get the same ids in etcd, and make brokers give up what they hold (trap 28). So each
 * member's volume must be from before the impact, or restored from a snapshot: EC2's own record says which.
 */
export function memberVolume(name: string, facts: Facts, impactAt: string): MemberVolume {
  const claim = facts.claims.find((one) => one.name === name);
  if (!claim || claim.terminating) return { claim: name, problem: `claim ${name} is not there`, waits: true };
  if (claim.phase !== 'Bound' || claim.volumeName === undefined)
    return { claim: name, problem: `claim ${name} is ${claim.phase}`, waits: true };
  const pv = facts.volumes.find((one) => one.name === claim.volumeName);
  if (!pv || pv.claim?.uid !== claim.uid)
    return { claim: name, problem: `${claim.volumeName} is not bound to claim ${name} both ways`, waits: true };
  const id = ec2VolumeIdOf(pv.handle);
  const cloud = facts.cloud?.find((one) => one.id === id);
  if (!cloud) return { claim: name, volume: pv.name, problem: `EC2 does not show ${id ?? pv.handle ?? pv.name}` };
  const seen = {
    claim: name,
    volume: cloud.id,
    made: cloud.createTime,
    ...(cloud.snapshotId !== undefined && { from: cloud.snapshotId }),
  };
  if (cloud.snapshotId !== undefined || Date.parse(cloud.createTime) <= Date.parse(impactAt)) return seen;
  return {
    ...seen,
    problem: `${name} stands on ${cloud.id}, made at ${cloud.createTime}, after the impact, and from no snapshot: it is empty`,
  };
}

export function volumesEvidence(volumes: readonly MemberVolume[], impactAt: string): Evidence {
  return {
    title: `What the members stand on; the impact was at ${impactAt}`,
    columns: ['claim', 'volume', 'made', 'from snapshot', ''],
    rows: volumes.map(({ claim, volume, made, from, problem }) => [
      claim,
      volume ?? '-',
      made ?? '?',
      from ?? '-',
      problem === undefined ? 'its own' : 'NOT its own',
    ]),
  };
}
