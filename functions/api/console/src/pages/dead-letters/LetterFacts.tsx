import type { Schemas } from '../../api/call';
import { href } from '../../app/router';
import { Badge } from '../../parts/Badge';
import { Fact, Facts } from '../../parts/Facts';
import { Json } from '../../parts/Json';
import { Time } from '../../parts/Time';
import { reasonWords } from '../../words/reason';
import { span } from '../../words/time';

export function LetterFacts({ letter }: { letter: Schemas['InspectedLetter'] }) {
  const { execution } = letter;
  return (
    <>
      <p class="actions">
        <Badge state={letter.status} /> <Badge state={execution.state} />
        {execution.reason && <span>{reasonWords(execution.reason)}</span>}
        <a href={href(`/executions/${encodeURIComponent(execution.id)}`)}>The execution</a>
        <a href={href(`/jobs/${execution.job_id}`)}>The job</a>
      </p>
      <Facts>
        <Fact name="Job type">{letter.job_type}</Fact>
        <Fact name="Due">
          <Time at={execution.fire_time} both />
        </Fact>
        <Fact name="Ended">
          <Time at={execution.finished_at} both />
        </Fact>
        <Fact name="Attempts">{execution.attempt}</Fact>
        <Fact name="Last attempt took">{typeof execution.duration_ms === 'number' ? span(execution.duration_ms) : '–'}</Fact>
        <Fact name="Job version">{execution.job_version ?? '–'}</Fact>
        {letter.redriven && (
          <Fact name="Redriven">
            by {letter.redriven.by}, <Time at={letter.redriven.at} />
            {letter.redriven.redrive_id && ', with many'}
          </Fact>
        )}
        {letter.discarded && (
          <Fact name="Discarded">
            by {letter.discarded.by}, <Time at={letter.discarded.at} />: {letter.discarded.note}
          </Fact>
        )}
      </Facts>
      <section>
        <h3>What went wrong</h3>
        {execution.errors.length === 0 ? (
          <p class="soft">No attempt left an error: the worker was lost, or it never ran.</p>
        ) : (
          <ol class="errors">
            {execution.errors.map((error) => (
              <li key={error.attempt} value={error.attempt}>
                <span class="soft">{reasonWords(error.reason)}:</span> {error.detail}
              </li>
            ))}
          </ol>
        )}
      </section>
      <Document title="Payload, as it was run" none="This version of the job is kept no more." value={letter.payload} />
      <Document title={execution.truncated ? 'Answer, its beginning' : 'Answer'} none="There was none." value={execution.output} />
      <Document title="Message of the queue" none="There is none." value={letter.message} />
    </>
  );
}

/** A JSON document, folded away. */
function Document({ title, none, value }: { title: string; none: string; value: unknown }) {
  if (value === null || value === undefined) {
    return (
      <p class="soft">
        {title}: {none}
      </p>
    );
  }
  return (
    <details open={title.startsWith('Payload')}>
      <summary>{title}</summary>
      <Json value={value} label={title} />
    </details>
  );
}
