import { useEffect, useRef } from 'react';

/** The heading of what has just come up, from where the keyboard goes on. */
export function Heading({ children }: { children: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      <title>{`${children} · Latchkey`}</title>
      {children}
    </h1>
  );
}
