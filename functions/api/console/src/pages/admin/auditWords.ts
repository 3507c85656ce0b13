// Changes as sentences: `paused the job …`, and what is said after the thing, if anything.

import type { Schemas } from '../../api/call';
import { spaced } from '../../words/count';

type Audited = Schemas['Audited'];
type Kind = Schemas['Subject']['kind'];

interface Sentence {
  /** `paused`. */
  did: string;
  /** `the job`, before its name. */
  to: string;
  /** `, for it failed too often`. */
  rest?: string;
}

const DID: Record<Schemas['Action'], Partial<Sentence> & { did: string }> = {
  create: { did: 'created' },
  edit: { did: 'edited' },
  pause: { did: 'paused' },
  auto_pause: { did: 'paused', rest: ', for it failed too often' },
  resume: { did: 'resumed' },
  skip: { did: 'skipped', to: 'fire times of the job' },
  unskip: { did: 'took back', to: 'skipped fire times of the job' },
  delete: { did: 'deleted' },
  run_now: { did: 'ran', to: 'the job', rest: ' at once' },
  cancel_execution: { did: 'canceled' },
  put_calendar: { did: 'saved' },
  delete_calendar: { did: 'deleted' },
  register_worker: { did: 'registered' },
  remove_worker: { did: 'removed' },
  complete: { did: 'completed', rest: ': it has no fire time left' },
  set_plan: { did: 'changed', to: 'the plan of the user' },
  reconcile: { did: 'reconciled' },
  redrive: { did: 'redrove' },
  cancel_redrive: { did: 'stopped', to: 'the redrive of many' },
  discard: { did: 'discarded' },
  place_hold: { did: 'placed' },
  release_hold: { did: 'released' },
  pause_hold: { did: 'paused', to: 'the release of the hold' },
  lift_hold: { did: 'lifted' },
};

const THE: Record<Kind, string> = {
  job: 'the job',
  execution: 'an execution of',
  calendar: 'the calendar',
  worker: 'the worker',
  user: 'the user',
  dead_letters: 'many dead letters,',
  hold: 'the hold',
  service: 'the service',
};

/** An action that came after this console was made is told by its own name. */
export function sentenceOf({ action, subject }: Pick<Audited, 'action' | 'subject'>): Sentence {
  const said = (DID as Partial<typeof DID>)[action] ?? { did: spaced(action) };
  return { to: THE[subject.kind], ...said };
}

/** The job that a change is about, itself or by one of its executions. */
export function jobOf({ subject }: Pick<Audited, 'subject'>): string | undefined {
  if (subject.kind === 'job') return subject.id;
  // An execution's id begins with its job's: `JOB_20261128T120000Z`.
  return subject.kind === 'execution' ? subject.id.split('_')[0] : undefined;
}

/** Whose jobs most of these changes are about. */
export function mostOfWhom(entries: readonly Pick<Audited, 'subject' | 'owner'>[]): string | undefined {
  const owners = entries.filter((entry) => jobOf(entry) !== undefined).map((entry) => entry.owner);
  const times = (owner: string) => owners.filter((other) => other === owner).length;
  return [...new Set(owners)].sort((a, b) => times(b) - times(a))[0];
}
