// The kinds of work there are, and what each payload begins as. The starts are examples to be filled in, in the shape that
// the API asks for.

import type { Schemas } from '../api/call';

export type JobType = Schemas['JobRequest']['job_type'];

export const JOB_TYPES: readonly JobType[] = [
  'http',
  'echo',
  'sqs',
  'sns',
  'eventbridge',
  'lambda',
  'step_functions',
  'sql',
  'email',
  'script',
  'pull',
  'report',
  'cleanup',
];

const ARN = 'arn:aws:…';

const STARTS: Record<JobType, { says: string; payload: unknown }> = {
  http: { says: 'Calls an address', payload: { method: 'POST', url: 'https://' } },
  echo: { says: 'Answers with its own payload; for trying things out', payload: { hello: 'world' } },
  sqs: { says: 'Sends a message to a queue', payload: { queue: ARN, body: {} } },
  sns: { says: 'Publishes to a topic', payload: { topic_arn: ARN, message: '' } },
  eventbridge: { says: 'Puts an event on a bus', payload: { bus_arn: ARN, source: 'punctual', detail_type: 'tick', detail: {} } },
  lambda: { says: 'Invokes a function', payload: { function: '', payload: {} } },
  step_functions: { says: 'Starts a state machine', payload: { state_machine_arn: ARN, input: {} } },
  sql: { says: 'Runs a statement', payload: { resource_arn: ARN, secret_arn: ARN, database: '', statement: 'select 1' } },
  email: { says: 'Sends a mail', payload: { to: ['somebody@example.com'], subject: '', text: '' } },
  script: { says: 'Runs a script in a cell', payload: { script: '' } },
  pull: { says: 'Offers work to workers of your own', payload: { work: '', input: {} } },
  report: { says: 'Mails a report of your jobs', payload: { to: ['somebody@example.com'] } },
  cleanup: { says: 'Clears up what is old', payload: {} },
};

export const whatItDoes = (type: JobType): string => STARTS[type].says;

export const startingPayload = (type: JobType): string => JSON.stringify(STARTS[type].payload, null, 2);
