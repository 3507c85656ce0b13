import { get } from '../../api/call';
import { zone as chosenZone } from '../../state/choices';
import { usePolling } from '../../state/polling';
import { useStore } from '../../state/store';
import { lookOf } from '../../words/tone';
import { stamp } from '../../words/time';

/** Which run's states the graph shows: one of the job's latest executions. */
export function RunChooser({ id, run, choose }: { id: string; run: string; choose: (run: string) => void }) {
  const zone = useStore(chosenZone);
  const { data } = usePolling(`runs/${id}`, (signal) => get('/v1/jobs/{id}/executions', { path: { id }, query: { limit: 20 }, signal }), { everySeconds: 30 });
  return (
    <label>
      States of the run of{' '}
      <select value={run} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">none</option>
        {(data?.items ?? []).map((execution) => (
          <option key={execution.id} value={execution.id}>
            {stamp(Date.parse(execution.fire_time), zone)}, {lookOf(execution.state).word}
          </option>
        ))}
      </select>
    </label>
  );
}
