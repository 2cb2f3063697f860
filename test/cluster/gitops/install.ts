import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import type { Client } from '../client.ts';
import { logTail } from '../processes.ts';
import { applyObjects, type KubeObject } from '../rights.ts';

/** All objects of the YAML files in a folder, as they are installed. */
export function manifestsIn(folder: string): KubeObject[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml')
    .flatMap((name) => parseAllDocuments(readFileSync(join(folder, name), 'utf8')))
    .map((document) => document.toJS() as KubeObject);
}

/** Definitions first, and once they are served the objects: in that order a person would apply them too. */
export async function install(
  client: Client,
  definitions: readonly KubeObject[],
  objects: readonly KubeObject[],
): Promise<void> {
  await applyObjects(client, definitions);
  for (const { metadata } of definitions) {
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${metadata.name}`;
    await soon(`the API to serve ${metadata.name}`, async () => {
      const { status } = await client.expect<{ status?: { conditions?: { type: string; status: string }[] } }>(
        'GET',
        path,
      );
      return status?.conditions?.some((one) => one.type === 'Established' && one.status === 'True') ?? false;
    });
  }
  await applyObjects(client, objects);
}

export function namespace(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

/** The object of a program that really runs beside the cluster: whoever looks for the installation finds it, and its pod. */
export function announced(kind: 'Deployment' | 'StatefulSet', name: string, inNamespace: string): KubeObject {
  const labels = { 'app.kubernetes.io/name': name };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: inNamespace, labels },
    spec: {
      replicas: 1,
      ...(kind === 'StatefulSet' && { serviceName: name }),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name, image: 'example/beside-the-cluster' }] } },
    },
  };
}

/** Polls; what the program that should bring it about said last is part of the failure. */
export async function soon(
  what: string,
  done: () => Promise<boolean>,
  told?: { readonly directory: string; readonly program: string },
  within = 60_000,
): Promise<void> {
  const deadline = performance.now() + within;
  while (!(await done())) {
    if (performance.now() > deadline) {
      const said = told === undefined ? '' : `\n${logTail(told.directory, told.program)}`;
      throw new Error(`waited ${within / 1000} s for ${what}${said}`);
    }
    await sleep(200);
  }
}
