// The form for a job, new or not, beside what its schedule would do. What the API says against a field stands at its
// control, also what it says against the schedule while that is still being typed.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Problem, type Failure } from '../../api/problem';
import { focusFirstInvalid } from '../../parts/Field';
import { FailureNote } from '../../parts/States';
import { useUnsaved } from '../../parts/unsaved';
import { period } from '../../words/time';
import type { Draft } from './draft';
import { type Form, HTTP_CONTROLS, place } from './form';
import { How, Limits, WhenItFails } from './How';
import { jsonFault } from './json';
import { NotifyFields } from './Notify';
import { PreviewPanel } from './PreviewPanel';
import { usePreview } from './preview';
import { What } from './What';
import { When } from './When';

interface Props {
  draft: Draft;
  /** What is kept already: whatever differs from it would be lost. */
  saved: Draft;
  change: (draft: Draft) => void;
  jobId?: string | undefined;
  verb: string;
  busy: boolean;
  failure: Failure | undefined;
  submit: () => void;
  cancel: string;
  /** Above the form: what else is to be known. */
  children?: ComponentChildren;
}

export function JobForm({ draft, saved, change, jobId, verb, busy, failure, submit, cancel, children }: Props) {
  const element = useRef<HTMLFormElement>(null);
  const [inJson, setInJson] = useState(draft.jobType !== 'http');
  useUnsaved(JSON.stringify(draft) !== JSON.stringify(saved));
  const preview = usePreview(draft, jobId);
  const ownTimes = draft.schedule.kind !== 'after';

  const payloadControls = draft.jobType === 'http' && !inJson ? HTTP_CONTROLS : [];
  const placed = place(failure instanceof Problem ? failure.errors : [], payloadControls);
  // A complaint about the schedule is the preview's to make, which is always newer.
  const live = place(ownTimes && preview.failure instanceof Problem ? preview.failure.errors : [], []);
  const form: Form = {
    draft,
    change: (changes) => change({ ...draft, ...changes }),
    problem: (path) => live.byField.get(path) ?? placed.byField.get(path),
  };
  useEffect(() => {
    if (failure) focusFirstInvalid(element.current);
  }, [failure]);

  const broken = jsonFault(draft.payload) !== undefined;
  return (
    <form
      ref={element}
      class="job-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!broken) submit();
      }}
    >
      <div>
        {children}
        {failure && <Told failure={failure} rest={placed.rest} placed={placed.byField.size} />}
        <What form={form} inJson={inJson} setInJson={setInJson} />
        <When form={form} isNew={jobId === undefined} />
        <How form={form} />
        <Limits form={form} />
        <WhenItFails form={form} />
        <NotifyFields form={form} />
        <div class="actions form-foot">
          <button type="submit" class="primary" disabled={busy || broken} title={broken ? 'The payload is no JSON yet' : undefined}>
            {busy ? 'Working…' : verb}
          </button>
          <a class="button" href={cancel}>
            Cancel
          </a>
        </div>
      </div>
      <PreviewPanel preview={preview} ownTimes={ownTimes} />
    </form>
  );
}

/** What no control is near, and that others have something said at them. */
function Told({ failure, rest, placed }: { failure: Failure; rest: { field: string; reason: string }[]; placed: number }) {
  if (!(failure instanceof Problem) || (failure.errors.length === 0 && placed === 0)) return <FailureNote failure={failure} />;
  return (
    <div class="note tone-bad" role="alert">
      <strong>{failure.title}</strong>
      {placed > 0 && <p>See {placed === 1 ? 'the field that is marked' : `the ${placed} fields that are marked`}.</p>}
      <ul>
        {rest.map(({ field, reason }) => (
          <li key={field}>
            <code>{field}</code>: {reason}
          </li>
        ))}
      </ul>
      {failure.retryAfterSeconds !== undefined && <p>Try again in {period(failure.retryAfterSeconds)}.</p>}
    </div>
  );
}
