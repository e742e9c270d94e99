import { createSession } from '../client/session.ts';

declare const url: string;
declare const email: string;
declare const password: string;
declare const body: string;
declare function show(before: unknown): void;

const session = createSession({ url: 'http://localhost:4000/graphql', delivery: 'COOKIE' });
await session.accessToken(); // on a page that was just loaded: who is it?
await session.signIn({ email, password }); // or signUp, signOut
session.user; // { id, email, name, role }, null or, not known yet, undefined
session.onChange((before) => show(before)); // whenever that has changed
await session.fetch(url, { method: 'POST', body }); // for any GraphQL client that takes a fetch
