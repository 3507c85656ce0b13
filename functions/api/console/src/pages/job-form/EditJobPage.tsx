// Changes a job. What would become of its fire times is shown before anything is saved, and what somebody else changed
// meanwhile is never overwritten unseen.

import { useState } from 'preact/hooks';
import { post } from '../../api/call';
import type { Failure } from '../../api/problem';
import { href, type Params } from '../../app/router';
import { Page } from '../../parts/Page';
import { FailureNote, Loading } from '../../parts/States';
import { asFailure, usePolling } from '../../state/polling';
import { type Base, loadBase } from './base';
import { draftOf, requestOf } from './draft';
import { DraftIsBack } from './DraftIsBack';
import { JobForm } from './JobForm';
import { changes, mergePatch } from './mergePatch';
import { ReviewDialog, type Review } from './ReviewDialog';
import { useDraft } from './useDraft';

export function EditJobPage({ params }: { params: Params }) {
  const id = params['id'] ?? '';
  // Read once: what is being edited does not change under one's hands.
  const { data, failure, refresh } = usePolling(`edit/${id}`, (signal) => loadBase(id, signal), { everySeconds: 86_400 });
  if (failure && !data) return <Page title="Edit job"><FailureNote failure={failure} retry={refresh} /></Page>;
  if (!data) return <Page title="Edit job"><Loading what="The job" /></Page>;
  return <EditJob first={data} />;
}

function EditJob({ first }: { first: Base }) {
  const { base, draft, saved, change, begin, giveUp } = useDraft(`/jobs/${first.id}/edit`, first, ({ definition }) => draftOf(definition, 'UTC'));
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const [review, setReview] = useState<Review>();

  async function look() {
    // Both as the form would send them, so that only what was changed by hand differs.
    const before = requestOf(saved);
    const after = requestOf(draft);
    const patch = mergePatch(before, after);
    setFailure(undefined);
    if (patch === undefined) return setReview({ base, after, changes: [], diff: undefined });
    setBusy(true);
    try {
      const diff = await post('/v1/jobs/{id}/diff', { path: { id: base.id }, body: patch, contentType: 'application/merge-patch+json' });
      setReview({ base, after, changes: changes(before, after), diff });
    } catch (error) {
      setFailure(asFailure(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <Page title={`Edit ${base.definition.name}`} aside={<span class="faint">version {base.version}</span>}>
      <JobForm
        key={giveUp ? 'back' : 'first'}
        {...{ draft, saved, change, busy, failure }}
        jobId={base.id}
        submit={() => void look()}
        verb="Review the changes"
        cancel={href(`/jobs/${base.id}`)}
      >
        <DraftIsBack giveUp={giveUp} />
      </JobForm>
      {review && (
        <ReviewDialog
          review={review}
          close={() => setReview(undefined)}
          refused={(refusal) => {
            setReview(undefined);
            setFailure(refusal);
          }}
          rebased={(next, merged) => {
            setReview(undefined);
            begin({ base: next, draft: merged });
          }}
        />
      )}
    </Page>
  );
}
