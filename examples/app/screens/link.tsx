import type { MailLink } from '../../client/account.ts';
import { Field, Form } from '../parts/form.tsx';
import { Heading } from '../parts/heading.tsx';
import { useSay } from '../parts/status.tsx';
import { account } from '../session.ts';

/** What a link in a mail leads to. Programs follow links before people do: nothing happens until the button is pressed. */
export function LinkScreen({ link, close }: { link: MailLink; close(): void }) {
  const say = useSay();
  const { heading, text, button, isPassword, done } = LINKS[link.action];

  async function send(values: FormData) {
    if (link.action === 'confirm-email') await account.confirmEmail(link.token);
    else if (link.action === 'undo-email-change') await account.undoEmailChange(link.token);
    else await account.resetPassword(link.token, String(values.get('newPassword')));
    say(done);
    close();
  }

  return (
    <main className="card door">
      <Heading>{heading}</Heading>
      <p>{text}</p>
      <Form label={heading} button={button} send={send}>
        {isPassword && (
          <Field name="newPassword" label="New password" type="password" autoComplete="new-password" required />
        )}
      </Form>
      <p>
        <button type="button" className="link" onClick={close}>
          Not now
        </button>
      </p>
    </main>
  );
}

const LINKS: Record<MailLink['action'], LinkText> = {
  'confirm-email': {
    heading: 'Confirm your email',
    text: 'You were sent here by a mail. If you asked for it, say so.',
    button: 'Confirm',
    done: 'Your email is confirmed.',
  },
  'reset-password': {
    heading: 'Choose a new password',
    text: 'You are signed out everywhere then, and sign in with the new one.',
    button: 'Set password',
    isPassword: true,
    done: 'You have a new password: sign in with it.',
  },
  'undo-email-change': {
    heading: 'Take your account back',
    text: 'It gets its email of before, and everybody is signed out. A mail with a link for a new password follows.',
    button: 'Take it back',
    done: 'The account has its email of before. Follow the link in the mail for a new password.',
  },
};

interface LinkText {
  heading: string;
  text: string;
  button: string;
  isPassword?: true;
  done: string;
}
