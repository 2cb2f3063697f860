import type { OwnVolume, Problem } from './candidate.ts';
import type { NodeFacts, Survey } from './survey.ts';

/** EBS attaches in its own zone only: without a node there, every pod on the volume stays Pending (trap 16). */
export function zoneProblems({ pv, cloud }: OwnVolume, { nodes }: Survey): Problem[] {
  const zone = cloud?.zone ?? pv.zone;
  if (zone === undefined || nodes.some((node) => node.usable && node.zone === zone)) return [];
  const there = [...new Set(nodes.flatMap((node) => (node.usable ? (node.zone ?? []) : [])))].toSorted();
  const elsewhere = there.length === 0 ? 'no zone has one' : `there are some in ${there.join(', ')}`;
  return [{ code: 'no-node', text: `no Ready node in zone ${zone} of ${pv.name}; ${elsewhere}` }];
}

/**
 * A volume still attached where nobody will ever detach it makes the next attach wait for ever (trap 15). An attachment
 * to a Ready node of this cluster is an ordinary one: its pod is gone and the detach is on its way.
 */
export function attachmentProblems(own: OwnVolume, survey: Survey): Problem[] {
  const byName = new Map(survey.nodes.map((node) => [node.name, node]));
  const dead = own.attachments
    .filter((attachment) => byName.get(attachment.node)?.ready !== true)
    .map((attachment): Problem => {
      const state = byName.has(attachment.node) ? 'not Ready' : 'gone';
      return {
        code: 'dead-node',
        text: `VolumeAttachment ${attachment.name} holds ${own.pv.name} on node ${attachment.node}, which is ${state}`,
      };
    });
  return [...dead, ...foreignAttachments(own, survey.nodes)];
}

function foreignAttachments({ pv, cloud }: OwnVolume, nodes: readonly NodeFacts[]): Problem[] {
  const ours = new Set(nodes.flatMap(({ instance }) => instance ?? []));
  return (cloud?.attachments ?? [])
    .filter(({ instance, state }) => state !== 'detached' && !ours.has(instance))
    .map(({ instance, state }) => ({
      code: 'attached-elsewhere',
      text: `EC2 volume ${cloud?.id ?? '?'} of ${pv.name} is ${state} to ${instance}, which is no node of this cluster`,
    }));
}
