import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import PostalMime from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterFile } from './cleanup.ts';

/** A mail server on a port of its own, for one test file, that takes every mail unless it is told otherwise. */
export async function startSmtp(): Promise<Smtp> {
  const mails: ReceivedMail[] = [];
  const waiting: { to: string; take(mail: ReceivedMail): void }[] = [];
  const manner: Manner = {};
  let asked: (value?: unknown) => void = () => {};

  const options: SMTPServerOptions = {
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onConnect: (_session, done) =>
      manner.greeting ? done(Object.assign(new Error('No.'), { responseCode: manner.greeting })) : done(),
    async onData(stream, session, done) {
      const raw = await buffer(stream);
      asked();
      await manner.holdUp;
      if (manner.answer) return done(Object.assign(new Error('No.'), { responseCode: manner.answer }));
      const { subject = '', text = '', html = '', headers, messageId = '' } = await PostalMime.parse(raw);
      const [recipient] = session.envelope.rcptTo;
      const token = /[?&]token=([\w-]+)/.exec(text)?.[1] ?? null;
      const mail = { to: recipient?.address ?? '', subject, text, html, headers, messageId, token, raw: String(raw) };
      mails.push(mail);
      const index = waiting.findIndex(({ to }) => to === mail.to);
      if (index >= 0) waiting.splice(index, 1)[0]?.take(mail);
      done();
    },
  };
  /** One that was closed takes nobody in again. */
  const open = async (port: number) => {
    const server = new SMTPServer(options);
    // Whoever sends may be killed in the middle.
    server.on('error', () => {});
    await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
    return server;
  };
  let server: SMTPServer | null = await open(0);
  const { port } = server.server.address() as AddressInfo;
  const goAway = async () => {
    const closing = server;
    server = null;
    if (closing) await new Promise<void>((closed) => closing.close(() => closed()));
  };
  afterFile(goAway);

  return {
    env: {
      SMTP_URL: `smtp://127.0.0.1:${port}`,
      MAIL_FROM: 'Latchkey <hello@example.com>',
      APP_URL: 'https://app.example.com',
    },
    mails,
    manner,
    next(to) {
      return new Promise((take) => waiting.push({ to, take }));
    },
    goAway,
    async comeBack() {
      server = await open(port);
    },
    tried: () =>
      new Promise((resolve) => {
        asked = resolve;
      }),
  };
}

export interface ReceivedMail {
  to: string;
  subject: string;
  text: string;
  html: string;
  headers: { key: string; value: string }[];
  messageId: string;
  /** Of its link. */
  token: string | null;
  raw: string;
}

interface Manner {
  /** The code with which every mail is refused. */
  answer?: number | undefined;
  /** The code with which every connection is refused. */
  greeting?: number | undefined;
  /** What the answer waits for. */
  holdUp?: Promise<unknown> | undefined;
}

export interface Smtp {
  /** What a server needs that is to send by this one. */
  env: Record<string, string>;
  /** All that were taken, in order. */
  mails: ReceivedMail[];
  /** How it answers from now on. */
  manner: Manner;
  /** The next mail to somebody: to be asked for before what sends it. */
  next(to: string): Promise<ReceivedMail>;
  /** Nobody answers there, until it comes back. */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  /** Resolves when a mail has been sent whole, and its answer is waited for. */
  tried(): Promise<unknown>;
}
