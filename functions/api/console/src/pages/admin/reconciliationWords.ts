// What a reconciliation found, in words.

import type { Schemas } from '../../api/call';
import { count } from '../../words/count';
import type { Look } from '../../words/tone';

type Reconciliation = Schemas['Reconciliation'];

export function verdict(one: Pick<Reconciliation, 'clean' | 'cut_short'>): Look {
  if (one.cut_short) return { tone: 'warn', mark: '⋯', word: 'cut short' };
  return one.clean ? { tone: 'good', mark: '✓', word: 'all accounted for' } : { tone: 'bad', mark: '✕', word: 'something was amiss' };
}

/** What was amiss, and what was done about it; what is none is not said. */
export function mendedWords(one: Reconciliation): string {
  const said = [
    one.missing > 0 && `${one.missing.toLocaleString('en')} missing`,
    one.stalled > 0 && `${one.stalled.toLocaleString('en')} stalled`,
    one.unproven > 0 && `${count(one.unproven, 'job')} unproven`,
    one.resent > 0 && `${one.resent.toLocaleString('en')} sent again`,
    one.chains_repaired > 0 && `${count(one.chains_repaired, 'chain')} repaired`,
    one.chains_unchecked > 0 && `${count(one.chains_unchecked, 'chain')} unchecked`,
  ].filter((part) => part !== false);
  return said.length === 0 ? 'nothing to mend' : said.join(', ');
}
