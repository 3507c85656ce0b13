// Where an execution's time went: fire → dispatched → claimed → started → finished, for each attempt that is on record.
// Pure. What is not recorded is left out; nothing is guessed.

import type { Schemas } from '../../api/call';

/** When an attempt passed each point; `null` where the execution does not say. */
type Passed = { attempt: number } & Record<Exclude<keyof Schemas['AttemptTimes'], 'attempt'>, string | null>;

export interface Phase {
  name: string;
  from: number;
  until: number;
  tone: 'wait' | 'work';
}

export interface AttemptPhases {
  attempt: number;
  phases: Phase[];
  from: number;
  until: number;
  /** How long before it was due it was sent: that delayed nothing, so it is no phase. */
  aheadMs: number;
  /** It has not ended. */
  open: boolean;
}

const at = (text: string | null | undefined) => (text ? Date.parse(text) : undefined);

export function attemptsOf(execution: Schemas['Execution'], now: number): AttemptPhases[] {
  const due = Math.max(Date.parse(execution.fire_time), at(execution.ready_at) ?? 0);
  const { timings } = execution;
  const told = timings.map((timing) => phasesOf(timing, timing.attempt === 1 ? due : undefined, now));
  const underWay = execution.state === 'running' && !timings.some(({ attempt }) => attempt === execution.attempt);
  if (timings.length > 0 && !underWay) return told;
  // Of the attempt that is not on record: what the execution itself says, which for dispatch and start is of its first.
  const isFirst = execution.attempt <= 1;
  const started = at(execution.started_at);
  const ended = at(execution.finished_at);
  const ran = execution.duration_ms;
  const whole: Passed = {
    attempt: Math.max(1, execution.attempt),
    dispatched_at: isFirst ? execution.dispatched_at : null,
    claimed_at: null,
    started_at: isFirst ? execution.started_at : ended !== undefined && ran !== null ? new Date(ended - ran).toISOString() : null,
    ended_at: underWay ? null : execution.finished_at,
  };
  return started === undefined && execution.dispatched_at === null ? told : [...told, phasesOf(whole, isFirst ? due : undefined, now)];
}

function phasesOf(timing: Passed, due: number | undefined, now: number): AttemptPhases {
  const dispatched = at(timing.dispatched_at);
  const claimed = at(timing.claimed_at);
  const started = at(timing.started_at);
  const ended = at(timing.ended_at);
  const open = started !== undefined && ended === undefined;
  const phases: Phase[] = [];
  const add = (name: string, from: number | undefined, until: number | undefined, tone: Phase['tone']) => {
    if (from !== undefined && until !== undefined && until >= from) phases.push({ name, from, until, tone });
  };
  add('due, not yet dispatched', due, dispatched, 'wait');
  const waitsFrom = due !== undefined && dispatched !== undefined ? Math.max(due, dispatched) : (dispatched ?? due);
  if (claimed !== undefined) {
    add('in the queue, until claimed', waitsFrom, claimed, 'wait');
    add('claimed, until started', claimed, started, 'wait');
  } else add('in the queue, until started', waitsFrom, started, 'wait');
  add(open ? 'runs since' : 'ran', started, ended ?? (open ? now : undefined), 'work');
  const times = phases.length > 0 ? phases.flatMap(({ from, until }) => [from, until]) : [due ?? dispatched ?? now];
  const aheadMs = due !== undefined && dispatched !== undefined ? Math.max(0, due - dispatched) : 0;
  return { attempt: timing.attempt, phases, from: Math.min(...times), until: Math.max(...times), aheadMs, open };
}
