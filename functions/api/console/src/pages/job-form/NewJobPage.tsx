import type { Params } from '../../app/router';
import { Page } from '../../parts/Page';

export function NewJobPage(_: { params: Params }) {
  return <Page title="New job">Not built yet.</Page>;
}
