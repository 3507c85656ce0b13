// What another spread, limit or shard count would do to the load that is shown above. Asks only when told to: each answer
// plans the whole window twice.

import { useState } from 'preact/hooks';
import { post, type Schemas } from '../../api/call';
import { Section } from '../../parts/Page';
import { FailureNote } from '../../parts/States';
import { useForm } from '../../state/form';
import { type ChangeForm, NO_CHANGE, PATH_OF, saysSomething, type Selection, whatIfOf } from './change';
import { Comparison } from './Comparison';
import type { View } from './view';
import { WhatIfFields } from './WhatIfFields';

export function WhatIfPanel({ view }: { view: View }) {
  const [fields, setFields] = useState<ChangeForm>(NO_CHANGE);
  const [answer, setAnswer] = useState<{ asked: string; data: Schemas['WhatIf'] }>();
  const body = whatIfOf(fields, view.selection, view.window);
  const asked = JSON.stringify(body);
  const sent = useForm(Object.values(PATH_OF), async () => {
    setAnswer({ asked, data: await post('/v1/forecast/what-if', { body }) });
  });

  return (
    <Section title="What if" aside={<span class="soft">for {selectionWords(view.selection)}, in the window above; nothing is changed</span>}>
      {sent.failure && <FailureNote failure={sent.failure} />}
      <form ref={sent.form} onSubmit={sent.submit} noValidate>
        <WhatIfFields fields={fields} change={(changes) => setFields({ ...fields, ...changes })} problem={sent.problem} />
        <div class="actions">
          <button type="submit" class="primary" disabled={sent.busy || !saysSomething(fields)}>
            {sent.busy ? 'Planning…' : 'Compare'}
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
