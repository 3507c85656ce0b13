// A token is all there is to signing in. What it claims is shown before it is used; whether it is good, the API says.

import { useState } from 'preact/hooks';
import { get } from '../../api/call';
import { Problem } from '../../api/problem';
import { Mark } from '../../app/Header';
import { Field } from '../../parts/Field';
import { Relative } from '../../parts/Time';
import { asFailure } from '../../state/polling';
import { readToken, signedOut, signIn } from '../../state/session';
import { useStore } from '../../state/store';
import { explain } from '../../words/error';

const WHY = {
  never: undefined,
  'by-choice': 'You are signed out.',
  refused: 'Your token was refused: it has expired, or is not for this system. Sign in to go on where you were.',
};

export function SignInPage() {
  const why = WHY[useStore(signedOut)];
  const [text, setText] = useState('');
  const [keep, setKeep] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const claims = text.trim() ? readToken(text) : undefined;

  async function submit(event: Event) {
    event.preventDefault();
    if (!claims) return setProblem('This is no token: it should be three parts with dots between them.');
    setBusy(true);
    setProblem(undefined);
    try {
      await get('/v1/jobs', { query: { limit: 1 }, token: claims.token });
      signIn(claims, keep);
    } catch (error) {
      const failure = asFailure(error);
      setProblem(failure instanceof Problem && failure.status === 401 ? `The API refuses it: ${failure.detail}.` : explain(failure).detail);
      setBusy(false);
    }
  }

  return (
    <main class="sign-in">
      <h1>
        <Mark /> Punctual
      </h1>
      {why && (
        <p class="note tone-warn" role="status">
          {why}
        </p>
      )}
      <form onSubmit={submit} noValidate>
        <Field
          name="token"
          label="Token"
          problem={problem}
          hint={
            <>
              A JWT of your identity provider. On a local system: <code>make token USER=me ROLE=admin</code>
            </>
          }
        >
          {(control) => (
            <textarea {...control} class="mono" rows={5} spellcheck={false} autocomplete="off" autofocus value={text} onInput={(event) => setText(event.currentTarget.value)} />
          )}
        </Field>
        {claims && (
          <dl class="facts">
            <div>
              <dt>User</dt>
              <dd>{claims.user}</dd>
            </div>
            <div>
              <dt>Role</dt>
              <dd>{claims.role ?? 'not named where Punctual looks'}</dd>
            </div>
            <div>
              <dt>Expires</dt>
              <dd>{claims.expiresAt ? <Relative at={claims.expiresAt} /> : 'never'}</dd>
            </div>
          </dl>
        )}
        <label class="check">
          <input type="checkbox" checked={keep} onChange={(event) => setKeep(event.currentTarget.checked)} /> Keep me signed in on this device
        </label>
        <button type="submit" class="primary" disabled={busy || !text.trim()}>
          {busy ? 'Trying it…' : 'Sign in'}
        </button>
      </form>
    </main>
  );
}
