import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isMap, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { DrctlError } from '../model/errors.ts';
import type { Target } from '../model/target.ts';
import { nearestWord } from './nearest.ts';

const access = z.strictObject({ kubeconfig: z.string(), context: z.string() });
const clusterPin = z.strictObject({
  kubeSystemUid: z.string(),
  caDigest: z.string().optional(),
  eksArn: z.string().optional(),
  nodeInstances: z.array(z.string()).optional(),
  server: z.string(),
});

const target = z.strictObject({
  class: z.enum(['sandbox', 'staging', 'production']),
  cluster: access,
  argocd: access.optional(),
  aws: z
    .strictObject({
      region: z.string(),
      profile: z.string().optional(),
      endpoint: z.string().optional(),
      credentialsFile: z.string().optional(),
    })
    .optional(),
  login: z.string().optional(),
  pinned: z
    .strictObject({
      cluster: clusterPin,
      argocd: clusterPin.optional(),
      aws: z.strictObject({ account: z.string(), region: z.string() }).optional(),
      servers: z.array(z.string()),
      pinnedAt: z.string(),
    })
    .optional(),
});

const config = z.strictObject({
  apiVersion: z.literal('drctl/v1').default('drctl/v1'),
  targets: z.record(z.string(), target).default({}),
});

/** The targets of a configuration file, in its order; none where there is no file. Throws `InvalidConfig` with positions. */
export function readTargets(file: string): Target[] {
  if (!existsSync(file)) return [];
  const text = readFileSync(file, 'utf8');
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  const syntax = document.errors[0];
  if (syntax) throw invalid(file, syntax.message.split('\n')[0] ?? '', syntax.linePos?.[0] ?? { line: 1, col: 1 });
  const parsed = config.safeParse(document.toJS() ?? {});
  const issue = parsed.error?.issues[0];
  if (!parsed.success && issue) {
    const node = document.getIn(
      issue.path.filter((part) => typeof part !== 'symbol'),
      true,
    );
    const offset = (node as { range?: [number, number, number] } | undefined)?.range?.[0] ?? 0;
    throw invalid(file, `${issue.path.join('.')}: ${issue.message}`, counter.linePos(offset));
  }
  const base = dirname(resolve(file));
  return Object.entries(parsed.data?.targets ?? {}).map(([name, one]) => targetOf(name, one, base));
}

function targetOf(name: string, one: z.infer<typeof target>, base: string): Target {
  const at = <A extends { kubeconfig: string }>(found: A): A => ({
    ...found,
    kubeconfig: resolve(base, found.kubeconfig),
  });
  return structuredClone({
    ...one,
    name,
    cluster: at(one.cluster),
    ...(one.argocd && { argocd: at(one.argocd) }),
  }) as Target;
}

function invalid(file: string, message: string, at: { line: number; col: number }): DrctlError {
  return new DrctlError('InvalidConfig', 'user', message, {
    at: { file, line: at.line, column: at.col },
    nextSteps: ['drctl target add --help'],
  });
}

/** Adds or replaces one target; what else stands in the file, comments included, stays as it is. */
export function saveTarget(file: string, one: Target): void {
  const document = parseDocument(existsSync(file) ? readFileSync(file, 'utf8') : 'apiVersion: drctl/v1\n');
  const { name, ...rest } = one;
  if (!isMap(document.get('targets'))) document.set('targets', document.createNode({}));
  document.setIn(['targets', name], document.createNode(rest));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, document.toString(), { mode: 0o600 });
}

export function unknownTarget(name: string, known: readonly string[]): DrctlError {
  const near = nearestWord(name, known);
  return new DrctlError(
    'UnknownTarget',
    'user',
    `there is no target "${name}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
    {
      nextSteps: known.length === 0 ? ['drctl target add', 'drctl sandbox start'] : [`known: ${known.join(', ')}`],
    },
  );
}
