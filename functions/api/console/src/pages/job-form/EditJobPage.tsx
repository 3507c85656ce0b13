import type { Params } from '../../app/router';
import { Page } from '../../parts/Page';

export function EditJobPage(_: { params: Params }) {
  return <Page title="Edit job">Not built yet.</Page>;
}
