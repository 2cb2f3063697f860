import { isDrctlError } from '../model/errors.ts';
import { changesOf } from '../model/plan.ts';
import { spentChanges } from '../journal/fold.ts';
import { withinBudget } from './budget.ts';
import { currentEnvironment, type Drive } from './context.ts';
import { verdictOn } from './verdict.ts';
import type { Instance } from './environment.ts';
import { performItems } from './execute.ts';
import { lookAt, plannedStepOf } from './look.ts';
import { Patience } from './patience.ts';
import { settleLost } from './settling.ts';
import { recover } from './trouble.ts';

/** Once per batch that writes, through the client that writes: who answers there, and that the cluster is this run's. */
export async function sureOfCluster(instance: Instance, patience: Patience, drive: Drive): Promise<boolean> {
  for (;;) {
    try {
      await drive.identity.verify();
      await drive.lease.hold();
      return true;
    } catch (error) {
      if (isDrctlError(error, 'ClusterBusy')) {
        drive.drain.start({ is: 'driven', because: error.message }, instance.id);
        return false;
      }
      if (!(await recover(instance, error, patience, drive))) return false;
    }
  }
}

/** A hold that broke: what its plan says, on the yes just given. Whether it holds then is for whoever asked to look at. */
export async function reestablish(instance: Instance, drive: Drive): Promise<void> {
  const patience = new Patience(drive.clock, drive.asker);
  if ((await settleLost(instance, patience, drive)) !== 'settled') return;
  const look = await lookAt(instance, currentEnvironment(drive), drive.lookout);
  if (look.found.effect !== 'changes') return;
  const planned = plannedStepOf(look, drive.lookout);
  if (!verdictOn(planned, instance, drive).covered) return;
  if (!(await sureOfCluster(instance, patience, drive))) return;
  withinBudget(changesOf(planned), spentChanges(drive.recorder.state), drive.runbook.budget);
  const result = await performItems(instance.id, planned.items, drive.executor);
  if (result.trouble) await recover(instance, result.trouble, patience, drive);
}
