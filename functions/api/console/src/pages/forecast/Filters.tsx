import type { Schemas } from '../../api/call';
import { useId } from 'preact/hooks';
import { Field } from '../../parts/Field';
import { may, session } from '../../state/session';
import { useStore } from '../../state/store';
import { type By, FILTER_OF, type View } from './view';

export type Change = (changes: Record<string, string | undefined>) => void;

const WINDOWS = [
  ['hour', 'Hour'],
  ['day', 'Day'],
  ['month', '30 days'],
] as const;

const BYS: [By, string][] = [
  ['job_types', 'job type'],
  ['users', 'user'],
  ['targets', 'target host'],
];

export function Filters({ view, change, forecast }: { view: View; change: Change; forecast: Schemas['Forecast'] | undefined }) {
  const current = useStore(session);
  const ofMany = may(current, 'keepers');
  const windowName = useId();
  const fields = [
    ...(ofMany ? [['users', 'User'] as const] : []),
    ['job_types', 'Job type'] as const,
    ['targets', 'Target host'] as const,
  ];
  return (
    <div class="filters" role="search" aria-label="Forecast">
      <fieldset class="segments">
        <legend>How far</legend>
        {WINDOWS.map(([window, name]) => (
          <label key={window}>
            <input
              type="radio"
              name={windowName}
              checked={view.window === window}
              onChange={() => change({ window, day: undefined, minute: undefined })}
            />
            <span>{name}</span>
          </label>
        ))}
      </fieldset>
      <Field name="by" label="Grouped by">
        {(control) => (
          <select {...control} value={view.by} onChange={(event) => change({ by: event.currentTarget.value })}>
            {BYS.filter(([by]) => ofMany || by !== 'users').map(([by, name]) => (
              <option key={by} value={by}>
                {name}
              </option>
            ))}
          </select>
        )}
      </Field>
      {fields.map(([by, label], index) => (
        <Field key={by} name={FILTER_OF[by]} label={label}>
          {(control) => (
            <>
              <input
                {...control}
                {...(index === 0 ? { 'data-filter': true } : {})}
                type="search"
                placeholder="any"
                list={`${control.id}-known`}
                value={view.selection[FILTER_OF[by]]}
                onChange={(event) => change({ [FILTER_OF[by]]: event.currentTarget.value.trim() })}
              />
              <datalist id={`${control.id}-known`}>
                {forecast?.[by].top.map(({ key }) => (
                  <option key={key} value={key} />
                ))}
              </datalist>
            </>
          )}
        </Field>
      ))}
    </div>
  );
}
