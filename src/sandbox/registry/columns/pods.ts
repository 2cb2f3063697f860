import type { KubeObject } from '../../types.ts';
import { fieldsAt, isFields, listAt, numberAt, textAt } from '../fields.ts';
import type { Fields } from '../fields.ts';
import { age, name, none, text } from './cells.ts';
import type { Cell } from './cells.ts';

const statuses = (pod: KubeObject): Fields[] => listAt(pod, 'status', 'containerStatuses');

const ready: Cell = (pod) => {
  const isDone = textAt(pod, 'status', 'phase') === 'Succeeded';
  const count = isDone ? 0 : statuses(pod).filter((each) => each.ready === true).length;
  return `${count}/${listAt(pod, 'spec', 'containers').length}`;
};

/** The word in the STATUS column (pkg/printers/internalversion printPod): the most telling of phase, reasons and deletion. */
const status: Cell = (pod) => {
  const isEnded = ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase'));
  if (pod.metadata.deletionTimestamp !== undefined && !isEnded) return 'Terminating';
  const reasons = statuses(pod)
    .map(reasonOf)
    .filter((reason) => reason !== '');
  const phase = textAt(pod, 'status', 'reason') || textAt(pod, 'status', 'phase');
  const reason = reasons[0] ?? phase;
  const isRunning = statuses(pod).some((each) => each.ready === true && isFields(fieldsAt(each, 'state').running));
  return reason === 'Completed' && isRunning ? 'Running' : reason;
};

function reasonOf(container: Fields): string {
  const state = fieldsAt(container, 'state');
  const waiting = textAt(state, 'waiting', 'reason');
  if (waiting !== '') return waiting;
  if (!isFields(state.terminated)) return '';
  return textAt(state, 'terminated', 'reason') || `ExitCode:${numberAt(state, 'terminated', 'exitCode')}`;
}

const restarts: Cell = (pod) => String(statuses(pod).reduce((sum, each) => sum + numberAt(each, 'restartCount'), 0));

const gates: Cell = (pod) => {
  const wanted = listAt(pod, 'spec', 'readinessGates').map((gate) => textAt(gate, 'conditionType'));
  if (wanted.length === 0) return none;
  const held = listAt(pod, 'status', 'conditions').filter(
    (condition) => condition.status === 'True' && wanted.includes(textAt(condition, 'type')),
  );
  return `${held.length}/${wanted.length}`;
};

export const podCells: Record<string, Cell[]> = {
  pods: [
    name,
    ready,
    status,
    restarts,
    age,
    text('status.podIP', none),
    text('spec.nodeName', none),
    text('status.nominatedNodeName', none),
    gates,
  ],
};
