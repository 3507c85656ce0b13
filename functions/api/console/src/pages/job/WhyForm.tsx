// Asks the API about one instant: what became of it, or why nothing was planned then.

import { useState } from 'preact/hooks';
import { get, type Schemas } from '../../api/call';
import type { Failure } from '../../api/problem';
import { href } from '../../app/router';
import { Tag } from '../../parts/Badge';
import { Field } from '../../parts/Field';
import { FailureNote } from '../../parts/States';
import { Time } from '../../parts/Time';
import { asFailure } from '../../state/polling';
import { lookOf } from '../../words/tone';
import { seconds } from '../job-form/schedule';

type Answer = Schemas['OccurrenceOrNotPlanned'];

export function WhyForm({ id }: { id: string }) {
  const [at, setAt] = useState('');
  const [answer, setAnswer] = useState<Answer>();
  const [failure, setFailure] = useState<Failure>();

  async function ask(fire_time: string) {
    setFailure(undefined);
    try {
      setAnswer(await get('/v1/jobs/{id}/occurrences/{fire_time}', { path: { id, fire_time } }));
    } catch (error) {
      setAnswer(undefined);
      setFailure(asFailure(error));
    }
  }

  return (
    <form
      class="why"
      onSubmit={(event) => {
        event.preventDefault();
        if (at) void ask(`${seconds(at)}Z`);
      }}
    >
      <Field name="fire_time" label="Why did it run, or not, at (UTC)">
        {(control) => <input {...control} type="datetime-local" step="1" value={at} onInput={(event) => setAt(event.currentTarget.value)} />}
      </Field>
      <button type="submit" disabled={!at}>
        Why?
      </button>
      <div class="why-answer" role="status">
        {failure && <FailureNote failure={failure} />}
        {answer && <Told answer={answer} ask={(time) => void ask(time)} />}
      </div>
    </form>
  );
}

function Told({ answer, ask }: { answer: Answer; ask: (fire_time: string) => void }) {
  if ('execution_id' in answer) {
    const look = lookOf(answer.outcome);
    return (
      <>
        <Tag {...look} /> <Time at={answer.fire_time} />
        <p>{answer.explanation}</p>
        {answer.execution_id && <a href={href(`/executions/${encodeURIComponent(answer.execution_id)}`)}>Show the execution</a>}
      </>
    );
  }
  return (
    <>
      <Tag tone="idle" mark="○" word="not planned" /> <Time at={answer.fire_time} />
      <p>{answer.explanation}</p>
      {[answer.planned_before, answer.planned_after].map(
        (time, index) =>
          time && (
            <button key={index} type="button" class="bare small" onClick={() => ask(time)}>
              {index === 0 ? 'before' : 'after'}: <Time at={time} />
            </button>
          ),
      )}
    </>
  );
}
