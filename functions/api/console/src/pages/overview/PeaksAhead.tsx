// The busiest seconds ahead, by name, each with a way to see what would make it smaller.

import type { Schemas } from '../../api/call';
import { href } from '../../app/router';
import { PeakWords, usePeaksZone } from '../../parts/PeakWords';
import { Relative } from '../../parts/Time';

export function PeaksAhead({ peaks }: { peaks: readonly Schemas['Peak'][] }) {
  const zoned = usePeaksZone(peaks) === undefined;
  if (peaks.length === 0) return <p class="soft">Nothing is planned.</p>;
  return (
    <ol class="peaks">
      {peaks.slice(0, 6).map((peak) => (
        <li key={peak.at}>
          <a href={href(`/forecast?window=hour&minute=${encodeURIComponent(peak.at.slice(0, 16))}Z`)}>
            <PeakWords peak={peak} zoned={zoned} />
          </a>
          <span class="hint">
            <Relative at={peak.at} />
          </span>
        </li>
      ))}
    </ol>
  );
}
