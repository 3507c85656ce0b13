import type { Params } from '../../app/router';
import { Page } from '../../parts/Page';

export function ExecutionPage(_: { params: Params }) {
  return <Page title="Execution">Not built yet.</Page>;
}
