import type { Schemas } from '../../api/call';
import { Section } from '../../parts/Page';
import { type Column, Table } from '../../parts/Table';
import { reasonWords } from '../../words/reason';

type AttemptError = Schemas['AttemptError'];

const COLUMNS: Column<AttemptError>[] = [
  { head: 'Attempt', title: true, cell: (error) => <>Attempt {error.attempt}</> },
  { head: 'Why', cell: (error) => reasonWords(error.reason) },
  { head: 'In its own words', cell: (error) => <span class="error-detail">{error.detail}</span> },
];

export function AttemptErrors({ errors }: { errors: AttemptError[] }) {
  return (
    <Section title={errors.length === 5 ? 'What went wrong, the last five times' : 'What went wrong'}>
      <Table caption="Errors of the attempts" columns={COLUMNS} rows={errors} idOf={(error) => String(error.attempt)} />
    </Section>
  );
}
