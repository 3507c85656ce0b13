/** Says where it comes from what stands in the form, which is not what was saved. */
export function DraftIsBack({ giveUp }: { giveUp: (() => void) | undefined }) {
  if (!giveUp) return null;
  return (
    <div class="note tone-warn" role="status">
      <p>What you had typed before your token was refused is back. It is not saved yet.</p>
      <button type="button" class="small" onClick={giveUp}>
        Discard it
      </button>
    </div>
  );
}
