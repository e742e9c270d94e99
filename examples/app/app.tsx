import { type ReactNode, StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import type { User } from '../client/session.ts';
import { Frame } from './frame.tsx';
import { PasswordDialog } from './parts/ask-password.tsx';
import { failureOf } from './parts/failure.ts';
import { Heading } from './parts/heading.tsx';
import { Status, useSay } from './parts/status.tsx';
import { type Place, useLink, usePlace } from './place.ts';
import { LinkScreen } from './screens/link.tsx';
import { SignIn } from './screens/sign-in.tsx';
import { session, useUser } from './session.ts';
import './style.css';

/** The whole page. What is shown to somebody who is signed in has its data from a client, and so it is given. */
export function start(show: (place: Place) => ReactNode) {
  const root = createRoot(document.getElementById('root') as HTMLElement);
  root.render(
    <StrictMode>
      <Status>
        <App show={show} />
        <PasswordDialog />
      </Status>
    </StrictMode>,
  );
}

function App({ show }: { show(place: Place): ReactNode }) {
  const user = useUser();
  const say = useSay();
  const [link, closeLink] = useLink();
  useEffect(() => session.onChange((before) => before && !session.user && say('You are signed out.')), [say]);
  if (link) return <LinkScreen key={link.token} link={link} close={closeLink} />;
  if (user === undefined) return <Start />;
  if (user === null) return <SignIn />;
  return (
    <Frame key={user.id} user={user}>
      <Shown user={user} show={show} />
    </Frame>
  );
}

/** On a page that was just loaded: who is it? */
function Start() {
  const [failure, setFailure] = useState<unknown>();
  const ask = () => {
    setFailure(undefined);
    session.accessToken().catch(setFailure);
  };
  useEffect(ask, []);
  if (!failure) return <main className="card door" aria-busy />;
  return (
    <main className="card door">
      <Heading>Nobody answers</Heading>
      <p role="alert">{failureOf(failure).text}</p>
      <button type="button" onClick={ask}>
        Try again
      </button>
    </main>
  );
}

function Shown({ user, show }: { user: User; show(place: Place): ReactNode }) {
  const place = usePlace();
  if (place !== 'users' || user.role === 'ADMIN') return show(place);
  return (
    <main>
      <Heading>Users</Heading>
      <p>Only admins may see all users. You are signed in as {user.email}, who is no admin.</p>
    </main>
  );
}
