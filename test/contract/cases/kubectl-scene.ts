import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import { runTool } from '../../sandbox/program/tools.ts';
import type { Fields, Scope } from '../case.ts';

/** What a script may say of a line beside that it succeeds. */
export interface Line {
  /** 0 where nothing is said. */
  readonly code?: number;
  /** Is part of what is printed, on either stream. */
  readonly says?: string | RegExp;
  /** Files for `-f -`. */
  readonly input?: readonly Fields[];
  /** Interrupts it as a person would. */
  readonly seconds?: number;
  /** Only to prepare, or to wait: what it prints depends on when it looks. */
  readonly unseen?: true;
}

/** `kubectl LINE` as somebody types it in the case's namespace; quotes hold an argument together. */
export function kubectlOf(api: Scope): (line: string, options?: Line) => Promise<string> {
  const { kubeconfig, context } = api.target;
  const start = [
    ...['--kubeconfig', kubeconfig, '--context', context, '--namespace', api.namespace],
    ...['--cache-dir', join(dirname(kubeconfig), 'kubectl-cache')],
  ];
  return async (line, { code = 0, says, input = [], seconds = 90, unseen } = {}) => {
    // Whoever waits for the namespace is served when it is there.
    await api.get(`/api/v1/namespaces/${api.namespace}`, 200, { unseen: true });
    const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
    const files = input.map((object) => stringify(object)).join('---\n');
    const result = await runTool('kubectl', [...start, ...words], { seconds, input: files });
    const printed = result.out + result.err;
    if (!unseen)
      api.observe(`kubectl ${line}`, { code: result.code, out: steady(result.out), err: steady(result.err) });
    expect({ line, code: result.code, printed }).toMatchObject({
      line,
      code,
      ...(says !== undefined && {
        printed: typeof says === 'string' ? expect.stringContaining(says) : expect.stringMatching(says),
      }),
    });
    return result.out;
  };
}

/** Without what may differ between two clusters: ages, the place a pod was given, revisions, how wide a column is. */
function steady(text: string): string {
  return text
    .replaceAll(/^[WE]\d{4} .*\n/gm, '')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uid>')
    .replaceAll(/\b(\d+[smhd]){1,2}\b( ago)?/g, '<age>')
    .replaceAll(/\(x\d+ over <age>\)/g, '')
    .replaceAll(/("?resourceVersion"?: )"\d+"/g, '$1"<revision>"')
    .replaceAll(/ip-10-0-\d-10\.[\w-]+\.compute\.internal/g, '<node>')
    .replaceAll(/\b10\.\d+\.\d+\.\d+(\/\d+\.\d+\.\d+\.\d+)?\b/g, '<address>')
    .replaceAll(/\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, '<time>')
    .replaceAll(/-[a-f0-9]{8,10}(-[a-z0-9]{5})?\b(?=[\s"])/g, '-<hash>')
    .replaceAll(/-{3,}/g, '---')
    .replaceAll(/ +$/gm, '')
    .replaceAll(/(?<=\S) {2,}/g, '  ');
}
