import type { EC2Client } from '@aws-sdk/client-ec2';
import type { Json } from '../../model/json.ts';
import type { CloudWrite } from '../../ports/read-world.ts';

/** Performs one write. The result is what a journal keeps of it. */
export function sendWrite(ec2: EC2Client, write: CloudWrite): Promise<Json> {
  return commandOf(ec2, write, false);
}

/** Sends the call, or with `DryRun` only asks whether it would be permitted; that ends in an error either way. */
export async function commandOf(ec2: EC2Client, write: CloudWrite, DryRun: boolean): Promise<Json> {
  const sdk = await import('@aws-sdk/client-ec2');
  switch (write.action) {
    case 'CreateSnapshot': {
      // tagged in the creating call: a snapshot never exists without saying whose it is (recovery-facts A4)
      const TagSpecifications = [{ ResourceType: 'snapshot' as const, Tags: tagsOf(write.tags) }];
      const { volumeId: VolumeId, description: Description } = write;
      const made = await ec2.send(new sdk.CreateSnapshotCommand({ VolumeId, Description, TagSpecifications, DryRun }));
      return {
        snapshotId: made.SnapshotId ?? '',
        state: made.State ?? '',
        startTime: made.StartTime?.toISOString() ?? '',
      };
    }
    case 'CreateTags':
      await ec2.send(new sdk.CreateTagsCommand({ Resources: [...write.resources], Tags: tagsOf(write.tags), DryRun }));
      return { tagged: write.resources };
    case 'DeleteTags':
      // with its value named, a tag that says something else by now stays
      await ec2.send(new sdk.DeleteTagsCommand({ Resources: [...write.resources], Tags: tagsOf(write.tags), DryRun }));
      return { untagged: write.resources };
  }
}

function tagsOf(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
