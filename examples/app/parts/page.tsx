import { type ReactNode, useState } from 'react';
import { failureOf } from './failure.ts';

/**
 * One page of a list, and the next once its end has come into sight. Each is a query of its own, after the cursor with which the one
 * before ends at this moment: so all that is on show can be fetched again, and nothing falls between two pages.
 */
export function Page<Node>({ answer, error, isFirst, empty, next, children }: PageProps<Node>) {
  const nodes = answer?.nodes;
  return (
    <>
      {error !== undefined && <Line role="alert">{failureOf(error).text}</Line>}
      {!nodes && error === undefined && <Line>Loading…</Line>}
      {isFirst && nodes?.length === 0 && <Line>{empty}</Line>}
      {nodes?.map(children)}
      {answer && <Next after={answer.pageInfo}>{next}</Next>}
    </>
  );
}

const Line = (props: { role?: 'alert'; children: string }) => (
  <li className="line">
    <p {...props} />
  </li>
);

function Next({ after: { hasNextPage, endCursor }, children }: NextProps) {
  const [isWanted, want] = useState(false);
  function whenSeen(button: HTMLButtonElement) {
    const observer = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && want(true));
    observer.observe(button);
    return () => observer.disconnect();
  }

  if (!hasNextPage || !endCursor) return null;
  if (isWanted) return children(endCursor);
  return (
    <li className="line">
      <button ref={whenSeen} type="button" onClick={() => want(true)}>
        Show more
      </button>
    </li>
  );
}

interface PageProps<Node> {
  answer: { nodes: Node[]; pageInfo: NextProps['after'] } | undefined;
  error: unknown;
  isFirst: boolean;
  /** What is said where there is nothing. */
  empty: string;
  next: NextProps['children'];
  children(node: Node): ReactNode;
}
type NextProps = {
  after: { hasNextPage: boolean; endCursor: string | null };
  children(after: string): ReactNode;
};
