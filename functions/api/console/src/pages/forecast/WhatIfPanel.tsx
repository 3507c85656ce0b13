// What another spread, limit or shard count would do to the load that is shown above. Asks only when told to: each answer
// plans the whole window twice.

import { useRef, useState } from 'preact/hooks';
import { request } from '../../api/call';
import { type Failure, placeErrors, Problem } from '../../api/problem';
import { focusFirstInvalid } from '../../parts/Field';
import { Section } from '../../parts/Page';
import { FailureNote } from '../../parts/States';
import { asFailure } from '../../state/polling';
import { type ChangeForm, NO_CHANGE, saysSomething, type Selection, whatIfOf } from './change';
import { Comparison } from './Comparison';
import type { WhatIf } from './shape';
import type { View } from './view';
import { WhatIfFields } from './WhatIfFields';

const CONTROLS = ['change.spread_seconds', 'change.spread', 'change.max_concurrency', 'change.shards', 'change.places'];

export function WhatIfPanel({ view }: { view: View }) {
  const [fields, setFields] = useState<ChangeForm>(NO_CHANGE);
  const [answer, setAnswer] = useState<{ asked: string; data: WhatIf }>();
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  const placed = placeErrors(failure instanceof Problem ? failure.errors : [], CONTROLS);
  const body = whatIfOf(fields, view.selection, view.window);
  const asked = JSON.stringify(body);

  async function ask(event: Event) {
    event.preventDefault();
    setBusy(true);
    setFailure(undefined);
    try {
      setAnswer({ asked, data: await request<WhatIf>('POST', '/v1/forecast/what-if', { body }) });
    } catch (error) {
      setFailure(asFailure(error));
      requestAnimationFrame(() => focusFirstInvalid(form.current));
    } finally {
      setBusy(false);
    }
  }

  return (
    <Section title="What if" aside={<span class="soft">for {selectionWords(view.selection)}, in the window above; nothing is changed</span>}>
      {failure && (placed.byField.size === 0 || placed.rest.length > 0) && <FailureNote failure={failure} />}
      <form ref={form} onSubmit={ask} noValidate>
        <WhatIfFields fields={fields} change={(changes) => setFields({ ...fields, ...changes })} problems={placed.byField} />
        <div class="actions">
          <button type="submit" class="primary" disabled={busy || !saysSomething(fields)}>
            {busy ? 'Planning…' : 'Compare'}
          </button>
          {!saysSomething(fields) && <span class="hint">Fill in at least one of them.</span>}
          {answer && answer.asked !== asked && <span class="hint">What is shown below was asked before.</span>}
        </div>
      </form>
      <div aria-live="polite">{answer && <Comparison answer={answer.data} />}</div>
    </Section>
  );
}

function selectionWords({ user, job_type, target }: Selection): string {
  const parts = [user && `user ${user}`, job_type && `type ${job_type}`, target && `host ${target}`].filter(Boolean);
  return parts.length === 0 ? 'all jobs' : `jobs of ${parts.join(', ')}`;
}
