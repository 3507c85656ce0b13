import type { Params } from '../../app/router';
import { Page } from '../../parts/Page';

export function OverviewPage(_: { params: Params }) {
  return <Page title="Overview">Not built yet.</Page>;
}
