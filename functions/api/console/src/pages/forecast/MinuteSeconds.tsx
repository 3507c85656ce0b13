// The seconds of one minute: where within it the herd stands, and of whom it is.

import type { Schemas } from '../../api/call';
import { useEffect, useRef } from 'preact/hooks';
import { Bars } from '../../charts/Bars';
import { Section } from '../../parts/Page';
import { FailureNote, Loading } from '../../parts/States';
import { zone } from '../../state/choices';
import { useStore } from '../../state/store';
import { count } from '../../words/count';
import { stamp } from '../../words/time';
import { useMinute } from './data';
import { groupName } from './Groups';
import { stacksOf } from './stacks';
import type { By, View } from './view';

export function MinuteSeconds({ minute, view, close }: { minute: string; view: View; close: () => void }) {
  const clock = useStore(zone);
  const seconds = useMinute(minute, view.selection);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.scrollIntoView({ block: 'nearest' }), []);
  const at = Date.parse(minute);
  return (
    <div ref={box}>
      <Section
        title={`The seconds of ${stamp(at, clock)}`}
        aside={
          <button type="button" class="small" onClick={close}>
            Close
          </button>
        }
      >
        {seconds.failure && <FailureNote failure={seconds.failure} retry={seconds.refresh} stale={seconds.data !== undefined} />}
        {seconds.loading && <Loading what="the seconds" />}
        {seconds.data && <SecondBars minute={seconds.data} by={view.by} />}
      </Section>
    </div>
  );
}

function SecondBars({ minute, by }: { minute: Schemas['ForecastMinute']; by: By }) {
  const stacks = stacksOf(minute.seconds, minute[by]).map(({ key, seconds }) => ({ name: groupName(key, by), counts: seconds }));
  const starts = minute.seconds;
  const most = starts.indexOf(Math.max(0, ...starts));
  const words = (second: number) => {
    const parts = stacks.filter(({ counts }) => (counts[second] ?? 0) > 0).map(({ name, counts }) => `${name} ${(counts[second] ?? 0).toLocaleString('en')}`);
    return `${secondName(second)} ${count(starts[second] ?? 0, 'start')}${parts.length > 1 ? ` (${parts.join(', ')})` : ''}`;
  };
  return (
    <>
      <p class="soft">
        {count(minute.total, 'start')} in this minute
        {minute.total > 0 && `, ${(starts[most] ?? 0).toLocaleString('en')} of them in its second ${secondName(most)}`}.
      </p>
      <Bars label="Starts per second" stacks={stacks} bars={60} barLabel={secondName} words={words} />
    </>
  );
}

const secondName = (second: number) => `:${String(second).padStart(2, '0')}`;
