// What can be done to many: to those that are chosen, or to all that match the filter.

import { useState } from 'preact/hooks';
import { ChosenDialog } from './ChosenDialog';
import type { Letter } from './DeadLettersPage';
import { type Filter, filterWords } from './filter';
import { MatchingDialog } from './MatchingDialog';

interface Props {
  filter: Filter;
  chosen: Letter[];
  settled: () => void;
  hasOpen: boolean;
}

export type Deed = 'redrive' | 'discard';

export function BulkBar({ filter, chosen, settled, hasOpen }: Props) {
  const [asking, ask] = useState<{ what: Deed; chosen?: Letter[] }>();
  const close = () => ask(undefined);
  return (
    <div class="bulk-bar">
      <div class="actions" role="group" aria-label="The chosen">
        {chosen.length > 0 && (
          <>
            <strong>{chosen.length} chosen</strong>
            <button type="button" onClick={() => ask({ what: 'redrive', chosen })}>
              Redrive {chosen.length}
            </button>
            <button type="button" class="danger" onClick={() => ask({ what: 'discard', chosen })}>
              Discard {chosen.length}
            </button>
          </>
        )}
      </div>
      <div class="actions" role="group" aria-label={filterWords(filter)} title={hasOpen ? undefined : 'None of those that are shown is open'}>
        <button type="button" disabled={!hasOpen} onClick={() => ask({ what: 'redrive' })}>
          Redrive all that match…
        </button>
        <button type="button" class="danger" disabled={!hasOpen} onClick={() => ask({ what: 'discard' })}>
          Discard all that match…
        </button>
      </div>
      {asking?.chosen && <ChosenDialog what={asking.what} letters={asking.chosen} close={close} settled={settled} />}
      {asking && !asking.chosen && <MatchingDialog what={asking.what} filter={filter} close={close} settled={settled} />}
    </div>
  );
}
