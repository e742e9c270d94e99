import { createContext, type ReactNode, use, useEffect, useState } from 'react';
import { failureOf } from './failure.ts';

const Say = createContext<(text: string) => void>(() => {});

/** Shows a text for a while, and has screen readers say it. */
export const useSay = () => use(Say);

/** Does something, and says what came of it. Resolves to whether it was done. */
export function useAct() {
  const say = useSay();
  return async (work: Promise<unknown>, done = '') => {
    try {
      await work;
      say(done);
      return true;
    } catch (error) {
      say(failureOf(error).text);
      return false;
    }
  };
}

/** The place of those texts, below everything. */
export function Status({ children }: { children: ReactNode }) {
  const [text, say] = useState('');
  useEffect(() => {
    if (!text) return;
    const timer = setTimeout(() => say(''), 6000);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <Say value={say}>
      {children}
      <p role="status">{text}</p>
    </Say>
  );
}
