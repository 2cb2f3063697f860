import { z } from 'zod';

export const applyInput = z.strictObject({
  path: z.string().min(1).describe('A manifest file or a directory of them, from the directory of the runbook'),
  namespace: z
    .string()
    .min(1)
    .optional()
    .describe('For manifests that name none; with it given, a manifest for another namespace is refused'),
  mode: z
    .enum(['apply', 'create'])
    .default('apply')
    .describe(
      'apply: server-side, brings what differs into line. create: makes only what is missing, touches nothing else',
    ),
  only: z.array(z.string().min(1)).min(1).optional().describe('Nothing but these: a Kind, or Kind/name'),
  exclude: z.array(z.string().min(1)).default([]).describe('Left out: a Kind, or Kind/name'),
  allow: z
    .array(z.enum(['PersistentVolume', 'PersistentVolumeClaim']))
    .default([])
    .describe('Kinds that hold data and are refused unless named here: pv/rebind is their place'),
  force: z.boolean().default(false).describe('Take over fields that another manager owns'),
});

export type ApplyInput = z.infer<typeof applyInput>;
