// What became of the job's occurrences of late, and what is ahead: a strip with a cell for each, and the same as a table.
// The bar above a cell is how late it started.

import { useState } from 'preact/hooks';
import { Section } from '../../parts/Page';
import { FailureNote, Loading } from '../../parts/States';
import type { Job } from '../jobs/actions';
import { useOccurrences } from './occurrences';
import { OccurrenceDetail } from './OccurrenceDetail';
import { OccurrenceTable } from './OccurrenceTable';
import { cellsOf } from './cells';
import { Strip } from './Strip';
import type { Upcoming } from './upcoming';
import { WhyForm } from './WhyForm';
import { fittingWindow, WINDOWS, type WindowId } from './window';

interface Props {
  job: Job;
  upcoming: Upcoming | undefined;
  changed: () => void;
  writes: boolean;
}

export function Timeline({ job, upcoming, changed, writes }: Props) {
  const [chosen, choose] = useState<WindowId>();
  const [asTable, setAsTable] = useState(false);
  const [picked, pick] = useState<string>();
  // Wait for the schedule's pace, unless there is none to wait for.
  const paced = upcoming !== undefined || job.schedule.kind === 'after';
  const window = chosen ?? (paced ? fittingWindow(upcoming?.pace ?? []) : undefined);
  const { data, failure, refresh } = useOccurrences(job.id, window);
  const cells = cellsOf(data?.items ?? [], upcoming?.times ?? [], job.skips, Date.now());
  const shown = cells.find(({ id }) => id === picked);

  function reloaded() {
    changed();
    refresh();
  }

  return (
    <Section
      title="Timeline"
      aside={
        <div class="switch" role="group" aria-label="How far back">
          {WINDOWS.map(({ id, name }) => (
            <button key={id} type="button" class="small" aria-pressed={id === window} onClick={() => choose(id)}>
              {name}
            </button>
          ))}
          <button type="button" class="small" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
            as a table
          </button>
        </div>
      }
    >
      {!data && !failure && <Loading what="The timeline" />}
      {failure && <FailureNote failure={failure} retry={refresh} stale={data !== undefined} />}
      {data?.cut && <p class="hint">There are more in this window than fit: the first {data.items.length} are shown. A shorter one shows the latest.</p>}
      {data && !asTable && (cells.length > 0 ? <Strip cells={cells} picked={picked} pick={pick} /> : <p class="soft">Nothing was planned in this window, and nothing is ahead.</p>)}
      {data && asTable && <OccurrenceTable items={data.items} />}
      {!asTable && shown && <OccurrenceDetail cell={shown} job={job} changed={reloaded} writes={writes} />}
      <WhyForm id={job.id} />
    </Section>
  );
}
