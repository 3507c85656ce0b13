// The hour behind, as far as it is known to whoever looks, and the hour ahead.

import type { Schemas } from '../../api/call';
import { type Series, TimeChart } from '../../charts/TimeChart';
import { zone } from '../../state/choices';
import { useStore } from '../../state/store';
import { useNow } from '../../state/visible';
import { count } from '../../words/count';
import { timeline } from './timeline';

interface Props {
  /** Absent for those who do not see the service's, and where it cannot be read. */
  past?: readonly Schemas['ActivityMinute'][] | undefined;
  ahead: Schemas['Forecast'] | undefined;
}

export function HourChart({ past, ahead }: Props) {
  const isUtc = useStore(zone) === 'utc';
  const now = useNow(10);
  const drawn = timeline(past ?? [], ahead ?? null);
  const planned: Series = { label: 'planned', colour: '--series-planned', values: drawn.planned, as: 'bars' };
  const measured: Series[] = [
    { label: 'started', colour: '--series-0', values: drawn.started, as: 'bars' },
    { label: 'failed or dead', colour: '--series-4', values: drawn.bad, as: 'bars' },
  ];
  const started = past?.reduce((sum, minute) => sum + minute.started, 0);
  const said = [started !== undefined && `${count(started, 'start')} in the hour behind`, ahead && `${count(ahead.total, 'start')} planned in the hour ahead`];
  if (drawn.times.length === 0) return null;
  const summary = `${said.filter(Boolean).join(', ')}.`;
  return (
    <>
      <TimeChart summary={summary} times={drawn.times} series={past ? [planned, ...measured] : [planned]} now={now / 1000} isUtc={isUtc} height={230} />
      <p class="hint">{summary}</p>
    </>
  );
}
