import { useEffect, useState, useSyncExternalStore } from 'react';
import { linkIn } from '../client/account.ts';

const PLACES = ['tasks', 'sessions', 'account', 'users'] as const;
export type Place = (typeof PLACES)[number];

/** Where somebody is, by the hash of the address. */
export const usePlace = (): Place => useSyncExternalStore(onHash, placeNow);

/** What a link in a mail asks for, as long as it is wanted. Its token does not stay in the address, which browsers keep. */
export function useLink() {
  const [link, setLink] = useState(() => linkIn(location.hash));
  useEffect(() => {
    const take = () => {
      const found = linkIn(location.hash);
      if (!found) return;
      setLink(found);
      history.replaceState(null, '', location.pathname);
    };
    take();
    return onHash(take);
  }, []);
  return [link, () => setLink(null)] as const;
}

const placeNow = () => PLACES.find((place) => location.hash === `#${place}`) ?? 'tasks';

function onHash(changed: () => void) {
  addEventListener('hashchange', changed);
  return () => removeEventListener('hashchange', changed);
}
