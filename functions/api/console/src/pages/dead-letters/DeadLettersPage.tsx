import type { Params } from '../../app/router';
import { Page } from '../../parts/Page';

export function DeadLettersPage(_: { params: Params }) {
  return <Page title="Dead letters">Not built yet.</Page>;
}
