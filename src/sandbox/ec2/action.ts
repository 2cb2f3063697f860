import type { Xml } from './answers.ts';
import type { Query } from './query.ts';
import type { CloudStore } from './store.ts';

export interface Ec2Action {
  /** Top-level parameter names it understands; everything else is refused by name. */
  parameters: readonly string[];
  /** Checked before permissions, as EC2 does: a request without them is malformed for everybody. */
  required?: readonly string[];
  /** Further permissions than its own name, for what it does on the side. */
  alsoNeeds?(query: Query): string[];
  perform(query: Query, store: CloudStore): { [name: string]: Xml | undefined };
}

/** Tagging in the creating call is a permission of its own, as IAM has it. */
export const alsoTags = (query: Query): string[] => (query.list('TagSpecification').length > 0 ? ['CreateTags'] : []);
