import { type Series, TimeChart } from '../../charts/TimeChart';
import { zone } from '../../state/choices';
import { useStore } from '../../state/store';
import { useNow } from '../../state/visible';
import { count } from '../../words/count';
import type { Forecast } from '../forecast/shape';
import type { ActivityMinute } from './shape';
import { timeline } from './timeline';

export function HourChart({ past, ahead }: { past: readonly ActivityMinute[]; ahead: Forecast | undefined }) {
  const isUtc = useStore(zone) === 'utc';
  const now = useNow(10);
  const drawn = timeline(past, ahead ?? null);
  const series: Series[] = [
    { label: 'planned', colour: '--series-planned', values: drawn.planned, as: 'bars', isPredicted: true },
    { label: 'started', colour: '--series-0', values: drawn.started, as: 'bars' },
    { label: 'failed or dead', colour: '--series-4', values: drawn.bad, as: 'bars' },
  ];
  const started = past.reduce((sum, minute) => sum + minute.started, 0);
  const summary = `${count(started, 'start')} in the hour behind${ahead ? `, ${count(ahead.total, 'start')} planned in the hour ahead` : ''}.`;
  return (
    <>
      <TimeChart summary={summary} times={drawn.times} series={series} now={now / 1000} isUtc={isUtc} height={230} />
      <p class="hint">{summary}</p>
    </>
  );
}
