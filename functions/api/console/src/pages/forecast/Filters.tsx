import { useId } from 'preact/hooks';
import { Field } from '../../parts/Field';
import { may, session } from '../../state/session';
import { useStore } from '../../state/store';
import type { By, Group } from './shape';
import type { View } from './view';

export type Change = (changes: Record<string, string | undefined>) => void;

const WINDOWS = [
  ['hour', 'Hour'],
  ['day', 'Day'],
  ['month', '30 days'],
] as const;

const BYS: [By, string][] = [
  ['job_type', 'job type'],
  ['user', 'user'],
  ['target', 'target host'],
];

export function Filters({ view, change, groups }: { view: View; change: Change; groups: readonly Group[] }) {
  const current = useStore(session);
  const windowName = useId();
  const fields = [
    ...(may(current, 'keepers') ? [['user', 'User'] as const] : []),
    ['job_type', 'Job type'] as const,
    ['target', 'Target host'] as const,
  ];
  return (
    <div class="filters" role="search" aria-label="Forecast">
      <fieldset class="choices">
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
            {BYS.map(([by, name]) => (
              <option key={by} value={by}>
                {name}
              </option>
            ))}
          </select>
        )}
      </Field>
      {fields.map(([name, label], index) => (
        <Field key={name} name={name} label={label}>
          {(control) => (
            <>
              <input
                {...control}
                {...(index === 0 ? { 'data-filter': true } : {})}
                type="search"
                placeholder="any"
                list={view.by === name ? `${control.id}-known` : undefined}
                value={view.selection[name]}
                onChange={(event) => change({ [name]: event.currentTarget.value })}
              />
              {view.by === name && (
                <datalist id={`${control.id}-known`}>
                  {groups.map((group) => group.key !== null && <option key={group.key} value={group.key} />)}
                </datalist>
              )}
            </>
          )}
        </Field>
      ))}
    </div>
  );
}
