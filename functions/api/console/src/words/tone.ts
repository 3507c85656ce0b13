// What a state looks like: a tone (its colour), a mark and a word. The mark and the word say it without the colour.

import type { Schemas } from '../api/call';

export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'idle';

export interface Look {
  tone: Tone;
  mark: string;
  word: string;
}

export type State =
  | Schemas['JobState']
  | Schemas['ExecutionState']
  | Schemas['Outcome']
  | Schemas['LetterStatus']
  | Schemas['HoldState']
  | Schemas['RedriveState']
  | Schemas['BreakerState'];

const look = (tone: Tone, mark: string, word: string): Look => ({ tone, mark, word });

const LOOKS: Record<State, Look> = {
  // Of a job
  active: look('good', '●', 'active'),
  paused: look('warn', '‖', 'paused'),
  completed: look('idle', '✓', 'completed'),
  canceled: look('idle', '⊘', 'canceled'),
  // Of an execution or an occurrence
  pending: look('idle', '○', 'pending'),
  waiting: look('busy', '◔', 'waiting'),
  running: look('busy', '▶', 'running'),
  offered: look('busy', '◇', 'offered'),
  held: look('warn', '◫', 'held'),
  retry_wait: look('warn', '↻', 'waits to retry'),
  retrying: look('warn', '↻', 'retrying'),
  deferred: look('warn', '⋯', 'deferred'),
  succeeded: look('good', '✓', 'succeeded'),
  ran: look('good', '✓', 'ran'),
  failed: look('bad', '✕', 'failed'),
  dead: look('bad', '☒', 'dead'),
  missing: look('bad', '?', 'missing'),
  upstream_failed: look('bad', '⤬', 'upstream failed'),
  upstream_not_finished: look('warn', '⧗', 'upstream not finished'),
  skipped: look('idle', '↷', 'skipped'),
  skipped_misfire: look('warn', '↷', 'skipped: misfire'),
  skipped_overlap: look('warn', '↷', 'skipped: overlap'),
  skipped_limited: look('warn', '↷', 'skipped: limited'),
  skipped_by_user: look('idle', '↷', 'skipped by you'),
  excluded: look('idle', '◌', 'excluded'),
  superseded: look('idle', '⇢', 'superseded'),
  // Of a dead letter, a hold, a bulk redrive, a breaker
  open: look('bad', '!', 'open'),
  discarded: look('idle', '⊘', 'discarded'),
  redriven: look('good', '↺', 'redriven'),
  holding: look('warn', '◫', 'holding'),
  releasing: look('busy', '▷', 'releasing'),
  lifted: look('idle', '✓', 'lifted'),
  over: look('idle', '✓', 'over'),
  done: look('good', '✓', 'done'),
  closed: look('good', '●', 'closed'),
  half_open: look('warn', '◑', 'half open'),
};

/** A state that a newer API knows and this console does not is shown by its name. */
export function lookOf(state: string): Look {
  return (LOOKS as Record<string, Look | undefined>)[state] ?? look('idle', '·', state.replaceAll('_', ' '));
}
