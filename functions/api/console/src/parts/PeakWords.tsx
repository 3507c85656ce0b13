// The busiest seconds, by time and size. Their clock is the one of the axes beside them; its zone is named once, above them.

import type { Schemas } from '../api/call';
import { zone } from '../state/choices';
import { useStore } from '../state/store';
import { peakWords } from '../words/peak';
import { commonZone } from '../words/time';
import { TimeOfDay } from './Time';

type Peaks = readonly Schemas['Peak'][];

/** The zone of all of their times, or undefined if each has to name its own: one night, the clock is changed. */
export function usePeaksZone(peaks: Peaks): string | undefined {
  const clock = useStore(zone);
  return commonZone(peaks.map((peak) => Date.parse(peak.at)), clock);
}

/** Says once which clock tells the times. */
export function PeaksZone({ peaks }: { peaks: Peaks }) {
  const name = usePeaksZone(peaks);
  return name ? <span class="soft">times in {name}</span> : null;
}

/** `12:00:00: 5,012 starts, 84 % hourly`. */
export function PeakWords({ peak, day = false, zoned }: { peak: Schemas['Peak']; day?: boolean; zoned: boolean }) {
  return (
    <>
      <TimeOfDay at={peak.at} {...{ day, zoned }} />: {peakWords(peak)}
    </>
  );
}
