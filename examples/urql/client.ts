import { Client, cacheExchange, fetchExchange } from '@urql/core';
import type { Session } from '../client/session.ts';
import { clientPerUser, liveExchange, sessionOptions } from '../client/urql.ts';

export const createClients = (session: Session): (() => Client) =>
  clientPerUser(
    session,
    () => new Client({ ...sessionOptions(session), exchanges: [cacheExchange, liveExchange(session), fetchExchange] }),
  );
