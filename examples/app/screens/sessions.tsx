import type { SessionsQuery } from '../generated/graphql.ts';
import { failureOf } from '../parts/failure.ts';
import { Heading } from '../parts/heading.tsx';
import { useAct } from '../parts/status.tsx';
import { deviceOf, timeOf } from '../parts/words.ts';
import { session } from '../session.ts';

/** Where somebody is signed in, and the end of that. */
export function SessionScreen({ sessions, error, end, endOthers }: SessionScreenProps) {
  const act = useAct();
  return (
    <main>
      <Heading>Sessions</Heading>
      <p>Each is a sign-in of yours on one device.</p>
      <div className="buttons">
        <button type="button" onClick={() => act(endOthers(), 'You are signed out everywhere else.')}>
          Sign out everywhere else
        </button>
        <button
          type="button"
          className="danger"
          onClick={() => act(endOthers().then(session.signOut), 'You are signed out everywhere.')}
        >
          Sign out everywhere
        </button>
      </div>
      <ul className="list" aria-label="Sessions">
        {error !== undefined && (
          <li className="line">
            <p role="alert">{failureOf(error).text}</p>
          </li>
        )}
        {sessions?.map(({ id, userAgent, ipAddress, createdAt, lastUsedAt, current }) => (
          <li key={id}>
            <div className="details">
              <strong>{deviceOf(userAgent)}</strong> {current && <span className="tag">this one</span>}
              <p>
                Since {timeOf(createdAt)}, last used {timeOf(lastUsedAt)}
                {ipAddress && `, from ${ipAddress}`}
              </p>
            </div>
            {!current && (
              <button
                type="button"
                aria-label={`End ${deviceOf(userAgent)}, since ${timeOf(createdAt)}`}
                onClick={() => act(end(id), 'The session has ended.')}
              >
                End
              </button>
            )}
          </li>
        ))}
      </ul>
    </main>
  );
}

interface SessionScreenProps {
  sessions: SessionsQuery['sessions'] | undefined;
  error: unknown;
  end(id: string): Promise<unknown>;
  endOthers(): Promise<unknown>;
}
