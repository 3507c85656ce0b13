import { useRef, useState } from 'preact/hooks';
import { del, post } from '../../api/call';
import type { Failure } from '../../api/problem';
import { go, href, type Params, useQuery } from '../../app/router';
import { Page } from '../../parts/Page';
import { FailureNote, Loading } from '../../parts/States';
import { toast } from '../../parts/Toasts';
import { asFailure, usePolling } from '../../state/polling';
import { type Draft, draftOf, requestOf, startingDraft } from './draft';
import { loadBase } from './base';
import { DraftIsBack } from './DraftIsBack';
import { JobForm } from './JobForm';
import { useDraft } from './useDraft';

const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

export function NewJobPage(_: { params: Params }) {
  const [query] = useQuery();
  const from = query.get('from') ?? '';
  const origin = usePolling(`copy/${from}`, (signal) => loadBase(from, signal), { everySeconds: 600, enabled: from !== '' });
  if (from && origin.failure) return <Page title="New job"><FailureNote failure={origin.failure} retry={origin.refresh} /></Page>;
  if (from && !origin.data) return <Page title="New job"><Loading what="The job to copy" /></Page>;
  const start = origin.data ? { ...draftOf(origin.data.definition, ownZone), name: `${origin.data.definition.name} (copy)` } : startingDraft(ownZone);
  return <NewJob key={from} from={from} start={start} />;
}

function NewJob({ from, start }: { from: string; start: Draft }) {
  const { draft, saved, change, giveUp } = useDraft(from ? `/jobs/new?from=${from}` : '/jobs/new', start, (draft) => draft);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const key = useKeyOf(JSON.stringify(draft));

  async function submit() {
    setBusy(true);
    setFailure(undefined);
    try {
      const job = await post('/v1/jobs', { body: requestOf(draft), idempotencyKey: key() });
      toast(`“${job.name}” is created.`, { label: 'Delete it', run: () => del('/v1/jobs/{id}', { path: { id: job.id }, version: job.version }).then(() => go('/jobs')) });
      go(`/jobs/${job.id}`, { unasked: true });
    } catch (error) {
      setFailure(asFailure(error));
      setBusy(false);
    }
  }

  return (
    <Page title="New job">
      <JobForm
        key={giveUp ? 'back' : 'first'}
        {...{ draft, saved, change, busy, failure }}
        submit={() => void submit()}
        verb="Create the job"
        cancel={href('/jobs')}
      >
        <DraftIsBack giveUp={giveUp} />
      </JobForm>
    </Page>
  );
}

/** One key for each content: sent again unchanged, a request takes effect once; changed, it is another request. */
function useKeyOf(content: string): () => string {
  const kept = useRef({ content: '', key: '' });
  return () => {
    if (kept.current.content !== content) kept.current = { content, key: crypto.randomUUID() };
    return kept.current.key;
  };
}
