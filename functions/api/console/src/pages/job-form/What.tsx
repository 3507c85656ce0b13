import { Field } from '../../parts/Field';
import { JOB_TYPES, type JobType, startingPayload, whatItDoes } from '../../words/jobType';
import { Group, TextField } from './controls';
import type { Form } from './form';
import { Payload } from './Payload';

export function What({ form, inJson, setInJson }: { form: Form; inJson: boolean; setInJson: (inJson: boolean) => void }) {
  const { jobType, payload } = form.draft;

  function choose(next: JobType) {
    // A payload that was written by hand is not thrown away for another type's example.
    const untouched = payload === startingPayload(jobType);
    form.change(untouched ? { jobType: next, payload: startingPayload(next) } : { jobType: next });
  }

  return (
    <Group title="What">
      <TextField form={form} path="name" field="name" label="Name" wide />
      <Field name="job_type" label="Type" hint={whatItDoes(jobType)} problem={form.problem('job_type')}>
        {(control) => (
          <select {...control} value={jobType} onChange={(event) => choose(event.currentTarget.value as JobType)}>
            {JOB_TYPES.map((type) => (
              <option key={type}>{type}</option>
            ))}
          </select>
        )}
      </Field>
      <Payload form={form} inJson={inJson} setInJson={setInJson} />
    </Group>
  );
}
