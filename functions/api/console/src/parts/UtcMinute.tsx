// A control for an instant to the minute, in UTC whatever the clock of whoever types: its label has to say so. The value is
// RFC 3339, or empty.

import type { ControlProps } from './Field';

export function UtcMinute({ control, value, change }: { control: ControlProps; value: string; change: (value: string) => void }) {
  return (
    <input
      {...control}
      type="datetime-local"
      value={value.slice(0, 16)}
      onChange={({ currentTarget: { value: typed } }) => change(typed === '' ? '' : `${typed.slice(0, 16)}:00Z`)}
    />
  );
}
