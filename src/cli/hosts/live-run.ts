import type { Json } from '../../model/json.ts';
import type { Notice } from '../../ports/host.ts';
import { progressOf, type Progress } from '../render/progress.ts';
import type { Outline } from './outline.ts';

export interface Wait {
  readonly because: string;
  /** Milliseconds since the epoch: when it is given up, if nothing changes. */
  readonly until: number;
  readonly progress?: Progress;
}

export interface LiveStep {
  readonly id: string;
  title: string;
  state: 'waiting' | 'running' | 'ended';
  end: string;
  beganAt?: number;
  endedAt?: number;
  /** Changes performed here, and how many the last plan still had. */
  done: number;
  left: number;
  doing: string;
  wait?: Wait;
  readonly checks: Map<string, Wait>;
  trouble?: string;
}

export interface LivePhase {
  readonly id: string;
  readonly title: string;
  readonly objective?: number;
  readonly steps: LiveStep[];
  state: 'waiting' | 'running' | 'ended';
  beganAt?: number;
  endedAt?: number;
}

/**
 * What the notices of a run come to, for the live view. Ten thousands of notices must cost nothing, so it is kept up by
 * mutation; everything drawn from it is pure.
 */
export class LiveRun {
  title = '';
  target = '';
  run = '';
  impactAt: number | undefined;
  rto: number | undefined;
  beganAt: number | undefined;
  /** Set once the run is told to stop: why. */
  draining = '';
  readonly phases: LivePhase[] = [];
  readonly #steps = new Map<string, LiveStep>();

  /** What is known before anything begins: the whole way, so that a person sees how far it is. */
  expect(outline: Outline): void {
    this.title = outline.title;
    this.rto = outline.rtoMs;
    this.impactAt = outline.impactAt === undefined ? undefined : Date.parse(outline.impactAt);
    for (const { id, title, objective, steps } of outline.phases) {
      const phase = this.#phase(id, title, objective);
      for (const one of steps) {
        const step = this.#step(one.id, phase);
        step.title = one.title;
        const end = outline.ended?.[one.id];
        if (end !== undefined) Object.assign(step, { state: 'ended', end });
      }
    }
  }

  hear({ code, step, data }: Notice, at: number): void {
    switch (code) {
      case 'run.opened':
      case 'run.resumed':
        this.run = word(data['run']);
        this.target = word(data['target']);
        this.title = this.title === '' ? word(data['runbook']) : this.title;
        this.beganAt = at;
        return;
      case 'run.draining':
        this.draining = word(data['because']);
        return;
      case 'phase.began':
        this.#beginPhase(word(data['phase']), word(data['title']), at);
        return;
      case 'phase.ended':
        this.#endPhase(word(data['phase']), at);
        return;
      default:
        if (step !== undefined) this.#hearStep(code, this.#step(step), data, at);
    }
  }

  #hearStep(code: Notice['code'], step: LiveStep, data: Notice['data'], at: number): void {
    switch (code) {
      case 'step.began':
        this.#begin(step, at);
        step.title = word(data['title']) || step.title;
        return;
      case 'step.planned':
        this.#begin(step, at);
        step.left = Number(data['changes'] ?? 0);
        return;
      case 'step.waiting':
        step.doing = '';
        step.wait = waitOf(data, Number(data['limit']), at);
        return;
      case 'change.began':
        delete step.wait;
        delete step.trouble;
        step.doing = word(data['what']);
        return;
      case 'change.ended':
        if (data['outcome'] === 'done') {
          step.done += 1;
          step.left = Math.max(0, step.left - 1);
        }
        return;
      case 'check.waiting':
        step.doing = '';
        delete step.wait;
        step.checks.set(word(data['check']), waitOf(data, Number(data['within']), at));
        return;
      case 'check.ended':
        step.checks.delete(word(data['check']));
        return;
      case 'trouble':
        step.trouble = troubleOf(data, at);
        return;
      case 'step.ended':
        this.#end(step, word(data['end']), at);
        return;
      case 'step.regressed':
        Object.assign(step, { state: 'waiting', end: '' });
        return;
      default:
        return;
    }
  }

  #begin(step: LiveStep, at: number): void {
    if (step.state === 'running') return;
    step.state = 'running';
    step.beganAt ??= at;
  }

  #end(step: LiveStep, end: string, at: number): void {
    Object.assign(step, { state: 'ended', end, endedAt: at, doing: '' });
    delete step.wait;
    delete step.trouble;
    step.checks.clear();
  }

  #beginPhase(id: string, title: string, at: number): void {
    const phase = this.#phase(id, title);
    phase.state = 'running';
    phase.beganAt ??= at;
  }

  #endPhase(id: string, at: number): void {
    const phase = this.phases.find((one) => one.id === id);
    if (!phase) return;
    phase.state = 'ended';
    phase.endedAt = at;
  }

  #phase(id: string, title: string, objective?: number): LivePhase {
    const found = this.phases.find((one) => one.id === id);
    if (found) return found;
    const phase: LivePhase = { id, title, steps: [], state: 'waiting', ...(objective !== undefined && { objective }) };
    this.phases.push(phase);
    return phase;
  }

  /** A step that no outline named belongs to the phase that began last; a key of a `forEach` stands after its step. */
  #step(id: string, phase?: LivePhase): LiveStep {
    const found = this.#steps.get(id);
    if (found) return found;
    const step: LiveStep = { id, title: id, state: 'waiting', end: '', done: 0, left: 0, doing: '', checks: new Map() };
    this.#steps.set(id, step);
    const parent = id.includes('[') ? id.slice(0, id.indexOf('[')) : undefined;
    const home =
      phase ??
      this.phases.find((one) => one.steps.some((other) => other.id === parent)) ??
      this.phases.findLast((one) => one.state === 'running');
    if (home) insert(home.steps, step, parent);
    return step;
  }
}

/** The keys take the place of the step that they are keys of. */
function insert(steps: LiveStep[], step: LiveStep, parent: string | undefined): void {
  const after = steps.findLastIndex(
    (one) => one.id === parent || (parent !== undefined && one.id.startsWith(`${parent}[`)),
  );
  if (after < 0) steps.push(step);
  else steps.splice(steps[after]?.id === parent ? after : after + 1, steps[after]?.id === parent ? 1 : 0, step);
}

function waitOf(data: Notice['data'], limit: number, at: number): Wait {
  const until = at + Math.max(0, limit - Number(data['elapsed']));
  const progress = progressOf(data['progress']);
  return { because: word(data['because']), until, ...(progress && { progress }) };
}

function troubleOf(data: Notice['data'], at: number): string {
  const left =
    data['limit'] === undefined
      ? ''
      : `; given up at ${new Date(at + Number(data['limit']) - Number(data['elapsed'])).toISOString().slice(11, 19)}Z`;
  const login = data['login'] === undefined ? '' : `; log in again: ${word(data['login'])}`;
  return `${word(data['because'])}${left}${login}`;
}

function word(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
