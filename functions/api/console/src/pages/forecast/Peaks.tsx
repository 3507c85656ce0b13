// The busiest seconds by name, each with what could be done about it.

import type { Schemas } from '../../api/call';
import { Relative } from '../../parts/Time';
import { minuteName } from './view';

interface Props {
  peaks: readonly Schemas['Peak'][];
  open: (minute: string) => void;
  askWhatIf: () => void;
}

export function Peaks({ peaks, open, askWhatIf }: Props) {
  if (peaks.length === 0) return <p class="soft">Nothing is planned.</p>;
  return (
    <>
      <ol class="peaks">
        {peaks.map((peak) => (
          <li key={peak.at}>
            <span>
              {peak.words}
              <span class="hint">
                {' '}
                <Relative at={peak.at} />
              </span>
            </span>
            <button type="button" class="small" onClick={() => open(minuteName(Date.parse(peak.at)))}>
              Its seconds
            </button>
          </li>
        ))}
      </ol>
      <p class="actions">
        <button type="button" onClick={askWhatIf}>
          What would make them smaller?
        </button>
      </p>
    </>
  );
}
