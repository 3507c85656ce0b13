// Every page of the console, by what a seeded system gives it to show, and what must be there before it is looked at.

const heading = (name) => (page) => page.getByRole('heading', { name }).first().waitFor();
const table = (name) => (page) => page.getByRole('table', { name }).waitFor();

export const PAGES = [
  { name: 'overview', path: () => '/', ready: heading('Peaks ahead') },
  { name: 'jobs', path: () => '/jobs', ready: table('Jobs') },
  { name: 'new-job', path: () => '/jobs/new', ready: heading('Next fire times') },
  { name: 'job', path: ({ job }) => `/jobs/${job}`, ready: table('Executions') },
  { name: 'job-dependencies', path: ({ chained }) => `/jobs/${chained}?show=dependencies`, ready: (page) => page.getByRole('region', { name: 'Graph of dependencies' }).waitFor() },
  { name: 'job-versions', path: ({ job }) => `/jobs/${job}?show=versions`, ready: (page) => page.getByText('Version 1').waitFor() },
  { name: 'job-definition', path: ({ job }) => `/jobs/${job}?show=definition`, ready: (page) => page.getByText('"region"').first().waitFor() },
  { name: 'job-cost', path: ({ job }) => `/jobs/${job}?show=cost`, ready: heading('Cost') },
  { name: 'edit-job', path: ({ job }) => `/jobs/${job}/edit`, ready: heading('Next fire times') },
  { name: 'execution', path: ({ execution }) => `/executions/${encodeURIComponent(execution)}`, ready: heading('Where the time went') },
  { name: 'dead-letters', path: () => '/dead-letters', ready: table('Dead letters') },
  { name: 'dead-letter', path: ({ letter }) => `/dead-letters/${encodeURIComponent(letter)}`, ready: (page) => page.getByRole('dialog').getByText('What went wrong').waitFor() },
  { name: 'forecast', path: () => '/forecast', ready: heading('Starts per minute, the next day') },
  { name: 'forecast-hour', path: () => '/forecast?window=hour', ready: heading('Starts per minute, the next hour') },
  { name: 'admin-pressure', path: () => '/admin/pressure', ready: heading('Admin') },
  { name: 'admin-holds', path: () => '/admin/holds', ready: (page) => page.getByText('the mail relay is being moved').first().waitFor() },
  { name: 'admin-users', path: () => '/admin/users', ready: heading('Admin') },
  { name: 'admin-audit', path: () => '/admin/audit', ready: (page) => page.getByRole('table').first().waitFor() },
  { name: 'admin-reconciliations', path: () => '/admin/reconciliations', ready: heading('Admin') },
  { name: 'admin-workers', path: () => '/admin/workers', ready: heading('Admin') },
  { name: 'not-found', path: () => '/nowhere', ready: heading('There is no such page') },
];

/** Goes to a page and waits until it shows what it is for. */
export async function show({ page, go }, { path, ready }, seeded) {
  await go(path(seeded));
  await ready(page);
  // What is still being loaded is not what the page looks like.
  await page.locator('main .spinner').first().waitFor({ state: 'detached' });
}
