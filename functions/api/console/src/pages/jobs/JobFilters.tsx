import { useEffect, useRef, useState } from 'preact/hooks';
import { type ControlProps, Field } from '../../parts/Field';
import { JOB_TYPES } from '../../words/jobType';
import type { JobFilters as Filters } from './search';

const STATES = ['active', 'paused', 'completed', 'canceled'];

interface Props {
  filters: Filters;
  change: (changes: Record<string, string | undefined>) => void;
  mayChooseUser: boolean;
}

export function JobFilters({ filters, change, mayChooseUser }: Props) {
  return (
    <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <Field name="text" label="Name or id" wide>
        {(control) => (
          <SearchBox {...control} data-filter placeholder="Part of a name, start of an id" value={filters.text} settled={(text) => change({ text })} />
        )}
      </Field>
      <Field name="status" label="State">
        {(control) => (
          <select {...control} value={filters.status} onChange={(event) => change({ status: event.currentTarget.value })}>
            <option value="">All but deleted</option>
            {STATES.map((state) => (
              <option key={state} value={state}>
                {state === 'canceled' ? 'deleted' : state}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field name="type" label="Type">
        {(control) => (
          <select {...control} value={filters.jobType} onChange={(event) => change({ type: event.currentTarget.value })}>
            <option value="">All types</option>
            {JOB_TYPES.map((type) => (
              <option key={type}>{type}</option>
            ))}
          </select>
        )}
      </Field>
      {mayChooseUser && (
        <Field name="user" label="Of user">
          {(control) => <SearchBox {...control} placeholder="yourself" value={filters.user} settled={(user) => change({ user })} />}
        </Field>
      )}
    </form>
  );
}

const SETTLES_AFTER_MS = 300;

interface BoxProps extends ControlProps {
  placeholder: string;
  value: string;
  settled: (value: string) => void;
  'data-filter'?: boolean;
}

/** Tells what was typed once that has stopped changing, or at Enter. */
function SearchBox({ value, settled, ...rest }: BoxProps) {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => setText(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);

  function typed(next: string, waitMs: number) {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => settled(next.trim()), waitMs);
  }
  return (
    <input
      {...rest}
      type="search"
      value={text}
      onInput={(event) => typed(event.currentTarget.value, SETTLES_AFTER_MS)}
      onKeyDown={(event) => event.key === 'Enter' && typed(event.currentTarget.value, 0)}
    />
  );
}
