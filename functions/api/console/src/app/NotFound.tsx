import { Page } from '../parts/Page';
import { href } from './router';

export function NotFound() {
  return (
    <Page title="There is no such page">
      <p>
        The address names nothing that the console knows. <a href={href('/jobs')}>Go to the jobs</a>
      </p>
    </Page>
  );
}
