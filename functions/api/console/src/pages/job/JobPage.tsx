import type { Params } from '../../app/router';
import { Page } from '../../parts/Page';

export function JobPage(_: { params: Params }) {
  return <Page title="Job">Not built yet.</Page>;
}
