// Dead letters: what ended badly and waits for a person. Found by filter, looked into one by one, redriven or discarded one
// by one, as chosen, or all that match; what is done to many first says to how many.

import { useState } from 'preact/hooks';
import { get, type Schemas } from '../../api/call';
import { go, type Params, useQuery } from '../../app/router';
import { Page } from '../../parts/Page';
import { PagedTable } from '../../parts/PagedTable';
import { usePaged } from '../../state/paged';
import { may, session } from '../../state/session';
import { useStore } from '../../state/store';
import { BulkBar } from './BulkBar';
import { columns } from './columns';
import { addressOf, filterOf, filterWords, queryOf } from './filter';
import { Filters } from './Filters';
import { LetterDialog } from './LetterDialog';
import { Redrives } from './Redrives';

export type Letter = Schemas['FoundLetter'];

const idOf = (letter: Letter) => letter.execution_id;

export function DeadLettersPage({ params }: { params: Params }) {
  const [query] = useQuery();
  const current = useStore(session);
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState(0);
  const filter = filterOf(query);
  const address = addressOf(filter);
  const list = usePaged(
    `letters ${address}`,
    (cursor, signal) => get('/v1/dead-letters', { query: { ...queryOf(filter), cursor, limit: 50 }, signal }),
    idOf,
    { everySeconds: 15 },
  );
  const search = address === '' ? '' : `?${address}`;
  const mayAct = may(current, 'writers');
  const open = list.items.filter((letter) => letter.status === 'open');
  const chosenOpen = open.filter((letter) => chosen.has(letter.execution_id));
  const settled = () => {
    choose(new Set());
    setAsked((before) => before + 1);
    list.refresh();
  };

  return (
    <Page title="Dead letters">
      <Filters filter={filter} />
      <Redrives asked={asked} changed={list.refresh} mayAct={mayAct} />
      {mayAct && <BulkBar filter={filter} chosen={chosenOpen} settled={settled} hasOpen={open.length > 0} />}
      <PagedTable
        caption="Dead letters"
        one="dead letter"
        columns={columns(search, may(current, 'keepers'))}
        list={list}
        idOf={idOf}
        selection={mayAct ? { chosen, choose, label: (letter) => `Choose the dead letter of ${letter.job_name}, due ${letter.fire_time}` } : undefined}
        empty={
          <p>
            {filter.status === 'open' && filterWords(filter) === 'all open letters within reach'
              ? 'Nothing waits for a person: every execution ended well, or somebody has seen to it.'
              : 'No dead letter matches this filter.'}
          </p>
        }
      />
      {params['id'] !== undefined && (
        <LetterDialog key={params['id']} id={params['id']} close={() => go(`/dead-letters${search}`)} settled={settled} mayAct={mayAct} />
      )}
    </Page>
  );
}
