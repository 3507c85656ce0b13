// A user's plan: what it allows, what is used of it, and another one in its place. Users are known by their tokens only:
// there is no list of them.

import { get } from '../../api/call';
import { href, useQuery } from '../../app/router';
import { Field } from '../../parts/Field';
import { Section } from '../../parts/Page';
import { FailureNote, Loading } from '../../parts/States';
import { usePolling } from '../../state/polling';
import { may, session } from '../../state/session';
import { useStore } from '../../state/store';
import { PlanChoice } from './PlanChoice';
import { PlanFacts } from './PlanFacts';

export function UsersSection() {
  const [query, change] = useQuery();
  const user = query.get('user') ?? '';
  return (
    <>
      <div class="filters" role="search" aria-label="Users">
        <Field name="user" label="User" hint="As their token names them (its sub)">
          {(control) => (
            <input {...control} data-filter type="search" autocomplete="off" value={user} onChange={(event) => change({ user: event.currentTarget.value.trim() })} />
          )}
        </Field>
      </div>
      {user === '' ? <p class="soft">Name a user to see their plan, and what they have used of it.</p> : <UserPlan key={user} user={user} />}
    </>
  );
}

function UserPlan({ user }: { user: string }) {
  const current = useStore(session);
  const plan = usePolling(`plan ${user}`, (signal) => get('/v1/admin/users/{user}/plan', { path: { user }, signal }), { everySeconds: 10 });
  if (plan.loading) return <Loading what="the plan" />;
  if (!plan.data) return plan.failure ? <FailureNote failure={plan.failure} retry={plan.refresh} /> : null;
  const of = encodeURIComponent(user);
  return (
    <Section
      title={`${user}: ${plan.data.plan}`}
      aside={
        <span class="actions">
          <a href={href(`/jobs?user=${of}`)}>Jobs</a>
          <a href={href(`/dead-letters?user=${of}`)}>Dead letters</a>
          <a href={href(`/forecast?user=${of}`)}>Forecast</a>
          <a href={href(`/admin/audit?user=${of}`)}>Changes</a>
        </span>
      }
    >
      {plan.failure && <FailureNote failure={plan.failure} retry={plan.refresh} stale />}
      <PlanFacts plan={plan.data} />
      {may(current, 'admins') ? (
        <PlanChoice plan={plan.data} changed={plan.refresh} />
      ) : (
        <p class="hint">Giving another plan takes an admin.</p>
      )}
    </Section>
  );
}
