// The phases of each attempt, each attempt on a scale of its own: a retry may be an hour away, and the milliseconds matter.

import { TimeOfDay } from '../../parts/Time';
import { span } from '../../words/time';
import type { AttemptPhases, Phase } from './phases';

export function Waterfall({ attempts }: { attempts: AttemptPhases[] }) {
  return (
    <>
      {attempts.map((attempt, index) => {
        const before = attempts[index - 1];
        return (
          <div key={attempt.attempt} class="waterfall">
            <h3>
              Attempt {attempt.attempt} <span class="faint">{span(attempt.until - attempt.from)} in all{attempt.open ? ' so far' : ''}</span>
              {attempt.aheadMs > 0 && <span class="faint"> · sent {span(attempt.aheadMs)} ahead</span>}
              {before && <span class="faint"> · {span(attempt.from - before.until)} after the one before</span>}
            </h3>
            {attempt.phases.length > 0 && <table role="table">
              <caption class="unseen">Where the time of attempt {attempt.attempt} went</caption>
              <colgroup>
                <col class="col-phase" />
                <col />
                <col class="col-figure" />
                <col class="col-figure" />
              </colgroup>
              <thead class="unseen" role="rowgroup">
                <tr role="row">
                  <th scope="col" role="columnheader">Phase</th>
                  <th scope="col" role="columnheader">Share</th>
                  <th scope="col" role="columnheader">Took</th>
                  <th scope="col" role="columnheader">From</th>
                </tr>
              </thead>
              <tbody role="rowgroup">
                {attempt.phases.map((phase) => (
                  <PhaseRow key={phase.name} phase={phase} whole={attempt} />
                ))}
              </tbody>
            </table>}
          </div>
        );
      })}
    </>
  );
}

function PhaseRow({ phase, whole }: { phase: Phase; whole: AttemptPhases }) {
  const length = Math.max(1, whole.until - whole.from);
  const share = (ms: number) => `${((ms / length) * 100).toFixed(2)}%`;
  return (
    <tr role="row">
      <th scope="row" role="rowheader">{phase.name}</th>
      <td role="cell" class="lane">
        <span class={`lane-bar lane-${phase.tone}`} style={{ marginLeft: share(phase.from - whole.from), width: share(phase.until - phase.from) }} />
      </td>
      <td role="cell" class="numeric">{span(phase.until - phase.from)}</td>
      <td role="cell" class="numeric soft">
        <TimeOfDay at={phase.from} />
      </td>
    </tr>
  );
}
