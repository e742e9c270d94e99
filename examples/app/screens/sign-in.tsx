import { useState } from 'react';
import { Refusal } from '../../client/session.ts';
import { Field, Form } from '../parts/form.tsx';
import { Heading } from '../parts/heading.tsx';
import { useSay } from '../parts/status.tsx';
import { account, session } from '../session.ts';

/** Signs in or up, or has a link sent to whoever has forgotten the password. */
export function SignIn() {
  const [way, setWay] = useState<Way>('Sign in');
  const say = useSay();

  async function send(values: FormData) {
    const [email = '', password = '', name] = ['email', 'password', 'name'].map((key) => String(values.get(key) ?? ''));
    if (way === 'Sign in') return session.signIn({ email, password });
    if (way === 'Sign up') return session.signUp({ email, password, ...(name && { name }) }).catch(toConfirm);
    await account.requestPasswordReset(email);
    say('If there is an account with this email, a mail with a link is on its way.');
  }

  /** The server says no more until the link in the mail is followed. */
  function toConfirm(error: unknown) {
    if (!(error instanceof Refusal && error.extensions.code === 'CONFIRMATION_REQUIRED')) throw error;
    say(error.message);
    setWay('Sign in');
  }

  return (
    <main key={way} className="card door">
      <Heading>{way}</Heading>
      <Form label={way} button={way === 'Forgotten password' ? 'Send a link' : way} send={send}>
        {way === 'Sign up' && <Field name="name" label="Name (if you like)" autoComplete="name" />}
        <Field name="email" label="Email" type="email" autoComplete="username" required />
        {way !== 'Forgotten password' && (
          <Field
            name="password"
            label="Password"
            type="password"
            autoComplete={way === 'Sign up' ? 'new-password' : 'current-password'}
            required
          />
        )}
      </Form>
      {WAYS.filter(({ to }) => to !== way).map(({ to, question, label }) => (
        <p key={to}>
          {question}{' '}
          <button type="button" className="link" onClick={() => setWay(to)}>
            {label}
          </button>
        </p>
      ))}
    </main>
  );
}

const WAYS = [
  { to: 'Sign in', question: 'You have an account?', label: 'Sign in' },
  { to: 'Sign up', question: 'You have no account yet?', label: 'Sign up' },
  { to: 'Forgotten password', question: 'You have forgotten the password?', label: 'Get a link' },
] as const;

type Way = (typeof WAYS)[number]['to'];
