// For those who keep the service running: each part of it is a page of its own in the address.

import type { ComponentType } from 'preact';
import { href, type Params } from '../../app/router';
import { Page } from '../../parts/Page';
import { may, session } from '../../state/session';
import { useStore } from '../../state/store';
import { AuditSection } from './AuditSection';
import { HoldsSection } from './HoldsSection';
import { PressureSection } from './PressureSection';
import { ReconciliationsSection } from './ReconciliationsSection';
import { UsersSection } from './UsersSection';
import { WorkersSection } from './WorkersSection';

const SECTIONS: readonly { name: string; title: string; section: ComponentType }[] = [
  { name: 'pressure', title: 'Pressure', section: PressureSection },
  { name: 'holds', title: 'Holds', section: HoldsSection },
  { name: 'users', title: 'Users and plans', section: UsersSection },
  { name: 'audit', title: 'Audit', section: AuditSection },
  { name: 'reconciliations', title: 'Reconciliations', section: ReconciliationsSection },
  { name: 'workers', title: 'Workers', section: WorkersSection },
];

export function AdminPage({ params }: { params: Params }) {
  const current = useStore(session);
  if (!may(current, 'keepers')) {
    return (
      <Page title="Admin">
        <p class="note tone-warn">
          Only operators and admins keep the service running. Your token says {current?.role ?? 'no role'}; sign in with another to see this.
        </p>
      </Page>
    );
  }
  const shown = params['section'] === undefined ? SECTIONS[0] : SECTIONS.find(({ name }) => name === params['section']);
  return (
    <Page title={shown ? `Admin: ${shown.title}` : 'Admin'} heading="Admin">
      <nav class="tabs" aria-label="Admin">
        {SECTIONS.map(({ name, title }) => (
          <a key={name} href={href(`/admin/${name}`)} aria-current={name === shown?.name ? 'page' : undefined}>
            {title}
          </a>
        ))}
      </nav>
      {shown ? <shown.section key={shown.name} /> : <p>There is no such part. Choose one above.</p>}
    </Page>
  );
}
