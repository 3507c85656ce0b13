import { put, type Schemas } from '../../api/call';
import { useState } from 'preact/hooks';
import { confirm } from '../../parts/Confirm';
import { Field } from '../../parts/Field';
import { toast } from '../../parts/Toasts';

type Tier = Schemas['Tier'];

const TIERS: readonly Tier[] = ['free', 'pro', 'enterprise'];

export function PlanChoice({ plan, changed }: { plan: Schemas['Plan']; changed: () => void }) {
  const [tier, setTier] = useState<Tier>(plan.plan);
  const path = { user: plan.user };

  async function give(next: Tier) {
    await put('/v1/admin/users/{user}/plan', { path, body: { plan: next } });
    changed();
  }
  const ask = () =>
    confirm({
      title: `Give ${plan.user} the plan ${tier}`,
      body: (
        <p>
          Instead of {plan.plan}, within a minute. Jobs that they have stay, also if they are more than it allows; what they create from then on is held to
          it.
        </p>
      ),
      verb: `Give ${tier}`,
      run: async () => {
        const before = plan.plan;
        await give(tier);
        toast(`${plan.user} has the plan ${tier} now.`, { label: `Back to ${before}`, run: () => give(before) });
      },
    });

  return (
    <div class="filters plan-choice">
      <Field name="plan" label="Another plan">
        {(control) => (
          <select {...control} value={tier} onChange={(event) => setTier(event.currentTarget.value as Tier)}>
            {TIERS.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        )}
      </Field>
      <button type="button" disabled={tier === plan.plan} onClick={ask}>
        Give it…
      </button>
    </div>
  );
}
