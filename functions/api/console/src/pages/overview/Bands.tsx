// The bands of priorities: what each has ready, what it can take, and whether its breaker lets anything through.

import type { Schemas } from '../../api/call';
import { Badge } from '../../parts/Badge';
import { type Column, Table } from '../../parts/Table';
import { Relative } from '../../parts/Time';
import { span } from '../../words/time';
import { breakerWords, drainMinutes } from './words';

type Band = Schemas['BandPressure'] & { name: string; priorities: string };

const COLUMNS: Column<Band>[] = [
  {
    head: 'Band',
    title: true,
    cell: (band) => (
      <>
        {band.name} <span class="faint time">{band.priorities}</span>
      </>
    ),
  },
  {
    head: 'Breaker',
    cell: (band) => (
      <div>
        <Badge state={band.breaker.state} /> <span class="hint">{breakerWords(band.breaker.state)}</span>
        {band.breaker.since && (
          <span class="hint">
            , since <Relative at={band.breaker.since} />
          </span>
        )}
      </div>
    ),
  },
  { head: 'Ready', numeric: true, cell: (band) => band.ready.toLocaleString('en') },
  { head: 'In flight', numeric: true, cell: (band) => band.in_flight.toLocaleString('en') },
  {
    head: 'Deferred',
    numeric: true,
    cell: (band) => (
      <div>
        {band.deferred.toLocaleString('en')}
        {band.deferred_is_more && '+'}
        {band.oldest_deferred && (
          <div class="hint">
            oldest <Relative at={band.oldest_deferred} />
          </div>
        )}
      </div>
    ),
  },
  {
    head: 'Capacity',
    numeric: true,
    cell: (band) => {
      const minutes = drainMinutes(band);
      return (
        <div>
          {band.capacity_per_minute.toLocaleString('en')} / min
          <div class="hint">{minutes === null ? 'no capacity' : minutes === 0 ? 'nothing to work off' : `${span(minutes * 60_000)} of work`}</div>
        </div>
      );
    },
  },
];

export function Bands({ pressure }: { pressure: Schemas['Pressure'] }) {
  const rows: Band[] = [
    { name: 'High', priorities: '1–3', ...pressure.high },
    { name: 'Normal', priorities: '4–7', ...pressure.normal },
    { name: 'Low', priorities: '8–10', ...pressure.low },
  ];
  return <Table caption="Bands of priorities" columns={COLUMNS} rows={rows} idOf={(band) => band.name} />;
}
