import { get } from '../../api/call';
import { usePolling } from '../../state/polling';
import type { Form } from './form';

/** The calendars at whose times it does not fire; nothing, for whoever has none. */
export function Calendars({ form }: { form: Form }) {
  const { data } = usePolling('calendars', (signal) => get('/v1/calendars', { signal }), { everySeconds: 60 });
  const { excludeCalendars: chosen } = form.draft;
  const names = [...new Set([...(data?.items.map(({ name }) => name) ?? []), ...chosen])];
  if (names.length === 0) return null;
  const problem = form.problem('exclude_calendars');
  return (
    <fieldset class="choices whole-row" aria-describedby={problem ? 'calendars-problem' : undefined}>
      <legend>Does not fire at times of</legend>
      {names.map((name) => (
        <label key={name} class="check">
          <input
            type="checkbox"
            checked={chosen.includes(name)}
            onChange={(event) => form.change({ excludeCalendars: event.currentTarget.checked ? [...chosen, name] : chosen.filter((one) => one !== name) })}
          />
          {name}
        </label>
      ))}
      {problem && (
        <p class="problem" id="calendars-problem">
          {problem}
        </p>
      )}
    </fieldset>
  );
}
