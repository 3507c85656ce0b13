// The busiest seconds by name, each with what could be done about it.

import type { Schemas } from '../../api/call';
import { PeakWords, usePeaksZone } from '../../parts/PeakWords';
import { Relative } from '../../parts/Time';
import { minuteName } from './view';

interface Props {
  peaks: readonly Schemas['Peak'][];
  /** Whether they may lie in more days than the next. */
  ofDays: boolean;
  open: (minute: string) => void;
  askWhatIf: () => void;
}

export function Peaks({ peaks, ofDays, open, askWhatIf }: Props) {
  const zoned = usePeaksZone(peaks) === undefined;
  if (peaks.length === 0) return <p class="soft">Nothing is planned.</p>;
  return (
    <>
      <ol class="peaks">
        {peaks.map((peak) => (
          <li key={peak.at}>
            <span>
              <PeakWords peak={peak} day={ofDays} zoned={zoned} />
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
