// What a change would do, before it is made. Saved only over the version that was edited: if there is another one by now,
// what differs is shown, and what was typed can be put on top of it.

import { useState } from 'preact/hooks';
import { put, type Schemas } from '../../api/call';
import { type Failure, Problem } from '../../api/problem';
import { go } from '../../app/router';
import { Dialog } from '../../parts/Dialog';
import { FailureNote } from '../../parts/States';
import { toast } from '../../parts/Toasts';
import { asFailure } from '../../state/polling';
import { ChangeList } from './ChangeList';
import { type Draft, draftOf, type JobRequest, requestOf } from './draft';
import { type Base, loadBase } from './base';
import { FireTimeDiff } from './FireTimeDiff';
import { applyPatch, type Change, changes, mergePatch } from './mergePatch';

export interface Review {
  base: Base;
  after: Record<string, unknown>;
  changes: Change[];
  diff: Schemas['Diff'] | undefined;
}

interface Props {
  review: Review;
  close: () => void;
  /** A field was refused: to be shown in the form. */
  refused: (failure: Failure) => void;
  /** The form goes on from another version. */
  rebased: (base: Base, draft: Draft) => void;
}

export function ReviewDialog({ review, close, refused, rebased }: Props) {
  const { base, after } = review;
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const [theirs, setTheirs] = useState<Base>();

  async function save() {
    setBusy(true);
    setFailure(undefined);
    try {
      const path = { id: base.id };
      const saved = await put('/v1/jobs/{id}', { path, body: after, version: base.version });
      const back = () => put('/v1/jobs/{id}', { path, body: base.definition, version: saved.version });
      toast(`“${saved.name}” is changed.`, { label: 'Undo', run: back });
      go(`/jobs/${base.id}`, { unasked: true });
    } catch (error) {
      const seen = asFailure(error);
      if (seen instanceof Problem && seen.status === 412) await loadBase(base.id).then(setTheirs, (other: unknown) => setFailure(asFailure(other)));
      else if (seen instanceof Problem && seen.errors.length > 0) refused(seen);
      else setFailure(seen);
      setBusy(false);
    }
  }

  if (theirs) return <Overtaken {...{ review, theirs, close, rebased }} />;
  const nothing = review.changes.length === 0;
  return (
    <Dialog title={nothing ? 'Nothing is changed' : `What changes of “${base.definition.name}”`} close={close} wide>
      <ChangeList changes={review.changes} />
      {review.diff && <FireTimeDiff diff={review.diff} />}
      {failure && <FailureNote failure={failure} />}
      <footer class="actions">
        <button type="button" onClick={close} disabled={busy}>
          Back to the form
        </button>
        {!nothing && (
          <button type="button" class="primary" onClick={() => void save()} disabled={busy}>
            {busy ? 'Saving…' : 'Save'}
          </button>
        )}
      </footer>
    </Dialog>
  );
}

function Overtaken({ review, theirs, close, rebased }: { review: Review; theirs: Base } & Pick<Props, 'close' | 'rebased'>) {
  const { base, after } = review;
  const before = requestOf(draftOf(base.definition, 'UTC'));
  const now = requestOf(draftOf(theirs.definition, 'UTC'));
  const merged = applyPatch(now, mergePatch(before, after)) as JobRequest;
  return (
    <Dialog title="Somebody changed it meanwhile" close={close} wide>
      <p>
        You edited version {base.version}; it is at version {theirs.version} now. Nothing of yours is saved yet. What they changed:
      </p>
      <ChangeList changes={changes(before, now)} />
      <footer class="actions">
        <button type="button" onClick={() => rebased(theirs, draftOf(theirs.definition, 'UTC'))}>
          Take theirs, drop mine
        </button>
        <button type="button" class="primary" onClick={() => rebased(theirs, draftOf(merged, 'UTC'))}>
          Put mine on top of theirs
        </button>
      </footer>
    </Dialog>
  );
}
