import type { Schemas } from '../../api/call';
import { TimeChart } from '../../charts/TimeChart';
import { zone } from '../../state/choices';
import { useStore } from '../../state/store';
import { span } from '../../words/time';
import { timeline, totals } from './timeline';

export function LatenessChart({ past }: { past: readonly Schemas['ActivityMinute'][] }) {
  const isUtc = useStore(zone) === 'utc';
  const drawn = timeline(past, null);
  const { usualP50, worstP99 } = totals(past);
  if (usualP50 === null || worstP99 === null) return <p class="soft">Nothing has started in the last hour.</p>;
  const summary = `In the middle minute half started within ${span(usualP50)}; in the worst one in a hundred was ${span(worstP99)} late or later.`;
  return (
    <>
      <TimeChart
        summary={summary}
        times={drawn.times}
        series={[
          { label: 'p50', colour: '--series-0', values: drawn.p50, as: 'line' },
          { label: 'p99', colour: '--series-1', values: drawn.p99, as: 'line' },
        ]}
        isUtc={isUtc}
        height={190}
        format={span}
      />
      <p class="hint">{summary}</p>
    </>
  );
}
