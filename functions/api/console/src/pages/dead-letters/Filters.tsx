// The filter of the list, kept in the address. Text is taken over when one leaves the field or presses Enter.

import { go } from '../../app/router';
import { Field } from '../../parts/Field';
import { FoldedFilters } from '../../parts/FoldedFilters';
import { UtcMinute } from '../../parts/UtcMinute';
import { may, session } from '../../state/session';
import { useStore } from '../../state/store';
import { reasonWords } from '../../words/reason';
import { addressOf, type Filter, setIn } from './filter';
import { REASONS } from './reasons';

const SINCE: [hours: number, words: string][] = [
  [1, 'last hour'],
  [24, 'last day'],
  [168, 'last week'],
];

const STATUSES = [
  ['open', 'open'],
  ['redriven', 'redriven'],
  ['discarded', 'discarded'],
  ['', 'any'],
] as const;

export function Filters({ filter }: { filter: Filter }) {
  const current = useStore(session);
  const change = (changes: Partial<Filter>) => {
    const address = addressOf({ ...filter, ...changes });
    go(`/dead-letters${address === '' ? '' : `?${address}`}`, { replace: true });
  };
  const text = (name: 'user' | 'job' | 'job_type', label: string, first = false) => (
    <Field name={name} label={label}>
      {(control) => (
        <input
          {...control}
          {...(first ? { 'data-filter': true } : {})}
          type="search"
          placeholder="any"
          value={filter[name]}
          onChange={(event) => change({ [name]: event.currentTarget.value.trim() })}
        />
      )}
    </Field>
  );
  const ofMany = may(current, 'keepers');
  return (
    <FoldedFilters set={setIn(filter)}>
      <div class="filters" role="search" aria-label="Dead letters">
        <Field name="status" label="Status">
          {(control) => (
            <select {...control} value={filter.status} onChange={(event) => change({ status: event.currentTarget.value })}>
              {STATUSES.map(([status, name]) => (
                <option key={status} value={status}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
        {ofMany && text('user', 'User', true)}
        {text('job_type', 'Job type', !ofMany)}
        <Field name="reason" label="Reason">
          {(control) => (
            <select {...control} value={filter.reason} onChange={(event) => change({ reason: event.currentTarget.value })}>
              <option value="">any</option>
              {REASONS.map((reason) => (
                <option key={reason} value={reason}>
                  {reasonWords(reason)}
                </option>
              ))}
            </select>
          )}
        </Field>
        {text('job', 'Job, by id')}
        <Range filter={filter} change={change} />
      </div>
    </FoldedFilters>
  );
}

function Range({ filter, change }: { filter: Filter; change: (changes: Partial<Filter>) => void }) {
  const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString().slice(0, 19) + 'Z';
  const bound = (name: 'from' | 'until', label: string) => (
    <Field name={name} label={label}>
      {(control) => <UtcMinute control={control} value={filter[name]} change={(value) => change({ [name]: value })} />}
    </Field>
  );
  return (
    <>
      {bound('from', 'Ended since, UTC')}
      {bound('until', 'Ended before, UTC')}
      <div class="actions" role="group" aria-label="Ended within">
        {SINCE.map(([hours, words]) => (
          <button key={hours} type="button" class="small" onClick={() => change({ from: ago(hours), until: '' })}>
            {words}
          </button>
        ))}
        {(filter.from || filter.until) && (
          <button type="button" class="small bare" onClick={() => change({ from: '', until: '' })}>
            any time
          </button>
        )}
      </div>
    </>
  );
}
