import type { Data } from '../../api/call';
import { href } from '../../app/router';
import { Badge } from '../../parts/Badge';
import { FailureNote, Loading } from '../../parts/States';
import { Relative } from '../../parts/Time';
import type { Polled } from '../../state/polling';
import { reasonWords } from '../../words/reason';

export function NewestLetters({ letters }: { letters: Polled<Data<'get', '/v1/dead-letters'>> }) {
  if (letters.loading) return <Loading what="dead letters" />;
  if (!letters.data) return letters.failure ? <FailureNote failure={letters.failure} retry={letters.refresh} /> : null;
  const { items, next_cursor } = letters.data;
  if (items.length === 0) return <p class="soft">{next_cursor ? 'None among the newest.' : 'There are none: nothing waits for a person.'}</p>;
  return (
    <ul class="peaks">
      {items.map((letter) => (
        <li key={letter.execution_id}>
          <span>
            <Badge state={letter.state} /> <a href={href(`/dead-letters/${encodeURIComponent(letter.execution_id)}`)}>{letter.job_name}</a>{' '}
            {letter.reason && <span class="soft">{reasonWords(letter.reason)}</span>}
          </span>
          <span class="hint">
            <Relative at={letter.finished_at} />
          </span>
        </li>
      ))}
      {next_cursor && (
        <li>
          <a href={href('/dead-letters')}>There are more</a>
        </li>
      )}
    </ul>
  );
}
