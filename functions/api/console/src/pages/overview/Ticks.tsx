// How far the scanner is: what it has read is sent when it is due, what it has not cannot start.

import type { Schemas } from '../../api/call';
import { Fact, Facts } from '../../parts/Facts';
import { Time } from '../../parts/Time';

export function Ticks({ ticks }: { ticks: Schemas['Activity']['ticks'] }) {
  if (ticks.problem) return <p class="soft">{ticks.problem}</p>;
  return (
    <Facts>
      <Fact name="Last tick seen">
        <Time at={ticks.last_seen} none="none" />
      </Fact>
      <Fact name="Scanned until">
        <Time at={ticks.scanned_until} none="nothing yet" />
      </Fact>
      {ticks.term && (
        <Fact name="Term">
          {ticks.term.number}
          {ticks.term.region && `, scanned from ${ticks.term.region}`}
        </Fact>
      )}
    </Facts>
  );
}
