import { get } from '../../api/call';
import { Section } from '../../parts/Page';
import { FailureNote, Loading } from '../../parts/States';
import { type Column, Table } from '../../parts/Table';
import { Relative } from '../../parts/Time';
import { Tag } from '../../parts/Badge';
import { usePolling } from '../../state/polling';
import { Bands } from '../overview/Bands';
import { LEVEL_NAMES, levelWords } from '../overview/words';

const COLUMNS = (present: string): Column<string>[] => [
  {
    head: 'Level',
    title: true,
    cell: (level) => (
      <>
        {levelWords(level).title} {level === present && <Tag tone={levelWords(level).tone} mark="●" word="now" />}
      </>
    ),
  },
  { head: 'What it means', cell: (level) => levelWords(level).meaning },
  { head: 'In the API', cell: (level) => <code>{level}</code> },
];

export function PressureSection() {
  const pressure = usePolling('pressure', (signal) => get('/v1/admin/pressure', { signal }), { everySeconds: 5 });
  const { data } = pressure;
  return (
    <>
      {pressure.failure && <FailureNote failure={pressure.failure} retry={pressure.refresh} stale={data !== undefined} />}
      {pressure.loading && <Loading what="the pressure" />}
      {data && (
        <>
          <Section title="Bands of priorities">
            <Bands pressure={data} />
          </Section>
          <Section
            title="Levels"
            aside={
              // Of calm it is not known since when.
              data.level !== 'calm' && (
                <span class="soft">
                  the present one began <Relative at={data.since} />
                </span>
              )
            }
          >
            <Table caption="Levels of pressure" columns={COLUMNS(data.level)} rows={LEVEL_NAMES} idOf={(level) => level} />
          </Section>
        </>
      )}
    </>
  );
}
