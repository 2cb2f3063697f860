import type { Column } from '../kind.ts';
import type { Cell } from './cells.ts';
import { clusterCells } from './cluster.ts';
import published from './definitions.json' with { type: 'json' };
import { podCells } from './pods.ts';
import { storageCells } from './storage.ts';
import { workloadCells } from './workloads.ts';

/** The cells of each kind, in the order of its columns. */
const cells: Record<string, Cell[]> = { ...clusterCells, ...podCells, ...storageCells, ...workloadCells };

/** The columns of `kubectl get`: names and descriptions as a v1.36 server publishes them (data), cells as code. */
export const columns: Record<string, Column[]> = Object.fromEntries(
  Object.entries(published as Record<string, Omit<Column, 'cell'>[]>).flatMap(([id, definitions]) => {
    const own = cells[id];
    if (!own) return [];
    return [[id, definitions.map((definition, index) => ({ ...definition, cell: own[index] ?? (() => '') }))]];
  }),
);

/** For kinds without columns of their own. */
export const nameAndAge: Column[] = columns['clusterroles.rbac.authorization.k8s.io'] ?? [];
