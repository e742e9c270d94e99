import type { ReactNode } from 'react';
import type {
  AccountPartsFragment,
  SecurityEventPartsFragment,
  UpdateMailSettingsInput,
} from '../generated/graphql.ts';
import { failureOf } from '../parts/failure.ts';
import { Field, Form } from '../parts/form.tsx';
import { Heading } from '../parts/heading.tsx';
import { useAct, useSay } from '../parts/status.tsx';
import { deviceOf, timeOf } from '../parts/words.ts';
import { account } from '../session.ts';

/** Somebody's own account: its email, its password, which mails it gets, and what has happened to it. */
export function AccountScreen({ me, error, updateMailSettings, children }: AccountScreenProps) {
  return (
    <main>
      <Heading>Account</Heading>
      {error !== undefined && <p role="alert">{failureOf(error).text}</p>}
      {me && <Email me={me} />}
      {me && <Mails settings={me.mailSettings} update={updateMailSettings} />}
      <Password />
      <h2>What has happened</h2>
      <ul className="list" aria-label="What has happened">
        {children}
      </ul>
    </main>
  );
}

function Email({ me: { email, emailVerified } }: { me: AccountPartsFragment }) {
  const act = useAct();
  const say = useSay();
  return (
    <section aria-label="Email">
      <h2>Email</h2>
      <p>
        {email} <span className="tag">{emailVerified ? 'confirmed' : 'not confirmed'}</span>
      </p>
      {!emailVerified && (
        <button
          type="button"
          onClick={() => act(account.requestEmailConfirmation(), 'A mail with a link is on its way.')}
        >
          Confirm
        </button>
      )}
      <Form
        label="Change email"
        button="Change email"
        send={async (values) => {
          await account.changeEmail(String(values.get('newEmail')), String(values.get('password')));
          say('A mail with a link is on its way to the new email.');
        }}
      >
        <Field name="newEmail" label="New email" type="email" autoComplete="email" required />
        <Field name="password" label="Password" type="password" autoComplete="current-password" required />
      </Form>
    </section>
  );
}

function Password() {
  const say = useSay();
  return (
    <section aria-label="Password">
      <h2>Password</h2>
      <Form
        label="Change password"
        button="Change password"
        send={async (values) => {
          await account.changePassword(String(values.get('currentPassword')), String(values.get('newPassword')));
          say('The password is changed. You are signed out everywhere else.');
        }}
      >
        <Field
          name="currentPassword"
          label="Current password"
          type="password"
          autoComplete="current-password"
          required
        />
        <Field name="newPassword" label="New password" type="password" autoComplete="new-password" required />
      </Form>
    </section>
  );
}

function Mails({ settings, update }: MailsProps) {
  const act = useAct();
  const items = [
    ['newNetwork', 'A sign-in from a network that I have not used before'],
    ['roleChanged', 'My role is changed'],
  ] as const;
  return (
    <section aria-label="Mails">
      <h2>Mails</h2>
      <p>Of a changed password or email, and of a stolen session, you always hear.</p>
      {items.map(([name, words]) => (
        <label key={name} className="line">
          <input
            type="checkbox"
            checked={settings[name]}
            onChange={({ target }) => act(update({ [name]: target.checked }), 'Saved.')}
          />
          <span>{words}</span>
        </label>
      ))}
    </section>
  );
}

export function EventItem({ event: { event, occurredAt, address, userAgent, outcome } }: EventItemProps) {
  return (
    <li>
      <div className="details">
        <strong>{wordsOf(event)}</strong> {outcome !== 'SUCCEEDED' && <span className="tag">failed</span>}
        <p>
          {timeOf(occurredAt)}
          {address && `, from ${address}`}
          {userAgent && `, ${deviceOf(userAgent)}`}
        </p>
      </div>
    </li>
  );
}

/** SIGNED_IN as "Signed in". */
const wordsOf = (event: string) => event.charAt(0) + event.slice(1).toLowerCase().replaceAll('_', ' ');

interface AccountScreenProps {
  me: AccountPartsFragment | undefined;
  error: unknown;
  updateMailSettings: MailsProps['update'];
  /** The events. */
  children: ReactNode;
}
interface MailsProps {
  settings: AccountPartsFragment['mailSettings'];
  update(input: UpdateMailSettingsInput): Promise<unknown>;
}
interface EventItemProps {
  event: SecurityEventPartsFragment;
}
