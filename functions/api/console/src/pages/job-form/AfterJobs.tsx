// The jobs that this one runs after: found by name, chosen one by one.

import { useEffect, useState } from 'preact/hooks';
import { get, type Schemas } from '../../api/call';
import { Field } from '../../parts/Field';
import { asFailure } from '../../state/polling';
import { listJobs } from '../jobs/search';
import { ChoiceField, NumberField } from './controls';
import type { Form } from './form';

type Job = Schemas['Job'];

export function AfterJobs({ form, required }: { form: Form; required: boolean }) {
  const { after } = form.draft;
  const [opened, open] = useState(false);
  const names = useNames(after);
  if (!required && !opened && after.length === 0) {
    return (
      <p class="whole-row">
        <button type="button" class="small bare" onClick={() => open(true)}>
          + Also wait for other jobs
        </button>
      </p>
    );
  }
  return (
    <div class="whole-row fields">
      <div>
        <JobSearch form={form} add={(id) => !after.includes(id) && form.change({ after: [...after, id] })} />
        <ul class="chips">
          {after.map((id) => (
            <li key={id}>
              {names.get(id) ?? id}
              <button type="button" class="bare small" aria-label={`Do not wait for ${names.get(id) ?? id}`} onClick={() => form.change({ after: after.filter((one) => one !== id) })}>
                ×
              </button>
            </li>
          ))}
        </ul>
      </div>
      {after.length > 0 && (
        <>
          <ChoiceField
            form={form}
            path="after_condition"
            field="afterCondition"
            label="It runs when"
            choices={[
              ['all_succeeded', 'all of them have succeeded'],
              ['all_finished', 'all of them have ended, however'],
            ]}
          />
          <NumberField form={form} path="after_limit_seconds" field="afterLimit" label="Waits at most, in seconds" placeholder="86400 (a day)" />
        </>
      )}
    </div>
  );
}

function JobSearch({ form, add }: { form: Form; add: (id: string) => void }) {
  const [text, setText] = useState('');
  const [found, setFound] = useState<Job[]>([]);
  useEffect(() => {
    if (!text.trim()) return setFound([]);
    const call = new AbortController();
    const timer = setTimeout(() => {
      listJobs({ text: text.trim(), status: '', jobType: '', user: '' }, undefined, call.signal).then(
        (part) => setFound(part.items.slice(0, 8)),
        (error: unknown) => !call.signal.aborted && asFailure(error) && setFound([]),
      );
    }, 250);
    return () => {
      clearTimeout(timer);
      call.abort();
    };
  }, [text]);

  return (
    <>
      <Field name="after" label="Runs after" problem={form.problem('after')}>
        {(control) => <input {...control} type="search" placeholder="Find a job by its name" autocomplete="off" value={text} onInput={(event) => setText(event.currentTarget.value)} />}
      </Field>
      {found.length > 0 && (
        <ul class="found" aria-label="Jobs found">
          {found.map((job) => (
            <li key={job.id}>
              <button
                type="button"
                class="bare small"
                onClick={() => {
                  add(job.id);
                  setText('');
                }}
              >
                + {job.name}
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** The names of jobs by their ids, as far as they are known. */
function useNames(ids: string[]): ReadonlyMap<string, string> {
  const [names, setNames] = useState<ReadonlyMap<string, string>>(new Map());
  useEffect(() => {
    for (const id of ids.filter((one) => !names.has(one))) {
      get('/v1/jobs/{id}', { path: { id } }).then(
        (job) => setNames((before) => new Map(before).set(id, job.name)),
        // It is shown by its id, and the API says what is wrong with it.
        () => undefined,
      );
    }
  }, [ids.join()]);
  return names;
}
