import type { Schemas } from '../../api/call';
import { Relative } from '../../parts/Time';
import { reasonWords } from '../../words/reason';

export type Survey = Schemas['LetterSurvey'];

/** The oldest of what a filter means, so that one sees whether it means what one meant. */
export function Sample({ survey }: { survey: Survey }) {
  if (survey.sample.length === 0) return null;
  return (
    <div>
      <p class="hint">{survey.count > survey.sample.length ? `The ${survey.sample.length} oldest of them:` : 'They are:'}</p>
      <ul class="peaks">
        {survey.sample.slice(0, 5).map((letter) => (
          <li key={letter.execution_id}>
            <span>
              {letter.job_name} <span class="soft">of {letter.user}</span>
              {letter.reason && <span class="soft">, {reasonWords(letter.reason)}</span>}
            </span>
            <span class="hint">
              <Relative at={letter.finished_at} />
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
