// The cells of a timeline: what became of each occurrence, then what is ahead. Pure: the time is an argument.

import { lookOf, type Tone } from '../../words/tone';
import { span } from '../../words/time';
import type { Occurrence } from './occurrences';

export interface Cell {
  id: string;
  at: number;
  tone: Tone;
  mark: string;
  word: string;
  /** How late it started, from 0 (not, or not at all) to 1 (the latest of all that are shown). */
  height: number;
  latenessMs: number | undefined;
  /** Still to come. */
  ahead: boolean;
  skipped: boolean;
  occurrence: Occurrence | undefined;
}

export function cellsOf(past: readonly Occurrence[], ahead: readonly number[], skips: readonly string[], now: number): Cell[] {
  const latest = Math.max(1, ...past.map(({ lateness_ms }) => lateness_ms ?? 0));
  const told = past.map((occurrence): Cell => {
    const late = occurrence.lateness_ms ?? undefined;
    const at = Date.parse(occurrence.fire_time);
    if (occurrence.outcome === 'pending' && at > now) return cellAhead(at, false);
    return {
      id: occurrence.execution_id ?? occurrence.fire_time,
      at,
      ...lookOf(occurrence.outcome),
      height: Math.max(0, late ?? 0) / latest,
      latenessMs: late,
      ahead: false,
      skipped: false,
      occurrence,
    };
  });
  const skipped = new Set(skips.map((time) => Date.parse(time)));
  const planned = new Set(past.filter(({ trigger }) => trigger === 'schedule').map(({ fire_time }) => Date.parse(fire_time)));
  const times = [...new Set([...ahead, ...skipped])].filter((at) => at > now && !planned.has(at)).sort((a, b) => a - b);
  return [...told, ...times.map((at) => cellAhead(at, skipped.has(at)))];
}

function cellAhead(at: number, skipped: boolean): Cell {
  const [mark, word] = skipped ? ['↷', 'will be skipped'] : ['', 'is ahead'];
  return { id: `ahead-${at}`, at, tone: 'idle', mark, word, height: 0, latenessMs: undefined, ahead: true, skipped, occurrence: undefined };
}

/** What a cell says aloud. */
export function cellWords(cell: Cell, when: string): string {
  const late = cell.latenessMs === undefined ? '' : cell.latenessMs >= 0 ? `, ${span(cell.latenessMs)} late` : `, ${span(-cell.latenessMs)} early`;
  const byHand = cell.occurrence?.trigger === 'run_now' ? ', by hand' : '';
  return `${when}: ${cell.word}${late}${byHand}`;
}
