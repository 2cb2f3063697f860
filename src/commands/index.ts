import {
  RunbookList,
  RunbookNew,
  RunbookSchema,
  RunbookShow,
  RunbookValidate,
  ActionList,
  ActionShow,
} from './catalogue.ts';
import { RunsExport, RunsImport } from './carry.ts';
import { Duplicates } from './duplicates.ts';
import { Plan } from './plan.ts';
import { Report } from './report.ts';
import { Resume } from './resume.ts';
import { Run } from './run.ts';
import { Runs } from './runs.ts';
import { Drill, SandboxBreak, SandboxStart, SandboxStatus, SandboxStop } from './sandbox.ts';
import { Status } from './status.ts';
import { Audit, Capture, Survey } from './survey.ts';
import { TargetAdd, TargetCheck, TargetList, TargetPin, TargetRbac } from './target.ts';
import { Undo } from './undo.ts';
import { Abort, Approve, Note, Pause, Settle } from './words.ts';

/** Every command by its name: what the bundle hands to oclif. */
export const COMMANDS = {
  plan: Plan,
  run: Run,
  resume: Resume,
  undo: Undo,
  runs: Runs,
  'runs:export': RunsExport,
  'runs:import': RunsImport,
  status: Status,
  report: Report,
  approve: Approve,
  settle: Settle,
  pause: Pause,
  abort: Abort,
  note: Note,
  survey: Survey,
  capture: Capture,
  audit: Audit,
  duplicates: Duplicates,
  'runbook:list': RunbookList,
  'runbook:show': RunbookShow,
  'runbook:validate': RunbookValidate,
  'runbook:new': RunbookNew,
  'runbook:schema': RunbookSchema,
  'action:list': ActionList,
  'action:show': ActionShow,
  'target:list': TargetList,
  'target:add': TargetAdd,
  'target:check': TargetCheck,
  'target:pin': TargetPin,
  'target:rbac': TargetRbac,
  drill: Drill,
  'sandbox:start': SandboxStart,
  'sandbox:stop': SandboxStop,
  'sandbox:status': SandboxStatus,
  'sandbox:break': SandboxBreak,
};
