import type { Params } from '../../app/router';
import { Page } from '../../parts/Page';

export function JobsPage(_: { params: Params }) {
  return <Page title="Jobs">Not built yet.</Page>;
}
