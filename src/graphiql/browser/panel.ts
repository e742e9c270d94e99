import type { Answer, Session } from './session.ts';

/** The panel above GraphiQL: there people sign in, up and out, and read what a refused place requires. */
export function createPanel(session: Session, requires: Record<string, string>): Panel {
  const find = (selector: string) => document.querySelector(`#door ${selector}`);
  const form = find('form');
  const email = find('[name=email]');
  const password = find('[name=password]');
  const inside = find('.inside');
  const signOut = find('.inside button');
  const status = find('[role=status]');
  const again = find('.again');
  const againPassword = find('.again input');

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const field = event.submitter?.value === 'signup' ? 'signup' : 'login';
    await trying(async () => {
      const { errors = [] } = await session.signIn(field, { email: email.value, password: password.value });
      password.value = '';
      return errors.map(inWords).join(' ');
    });
    if (session.who()) signOut.focus();
    else password.focus();
  });

  signOut.addEventListener('click', async () => {
    await trying(() => session.signOut().then(() => ''));
    email.focus();
  });

  session.changed.add(() => {
    const who = session.who();
    form.hidden = who !== null;
    inside.hidden = who === null;
    find('.who').textContent = who?.email ?? 'Signed in';
    find('.role').textContent = who?.role ?? '';
    if (who === null) settle(false);
  });

  /** Says what came of it. */
  async function trying(act: () => Promise<string>) {
    status.textContent = '';
    status.textContent = await act().catch(() => 'The server cannot be reached.');
  }

  function inWords({ message, extensions: { reason, fields } = {} }: Refusal) {
    return [...new Set([message, reason, ...Object.values(fields ?? {})])].filter(Boolean).join(' ');
  }

  /** What waits for the password, until it is right or somebody says no. */
  let asked: { answer: Promise<boolean>; give(isProven: boolean): void; before: Focusable | null } | null = null;

  // There only when it is asked.
  again.remove();

  function settle(isProven: boolean) {
    if (!asked) return;
    const { give, before } = asked;
    asked = null;
    againPassword.value = '';
    again.remove();
    before?.focus();
    give(isProven);
  }

  again.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (event.submitter?.value === 'cancel') return settle(false);
    await trying(async () => {
      const { errors = [] } = await session.prove(againPassword.value);
      if (errors.length === 0) settle(true);
      return errors.map(inWords).join(' ');
    });
  });

  return {
    askPassword() {
      if (!asked) {
        let give: (isProven: boolean) => void = () => {};
        const answer = new Promise<boolean>((resolve) => {
          give = resolve;
        });
        asked = { answer, give, before: document.activeElement };
        status.before(again);
        againPassword.focus();
      }
      return asked.answer;
    },
    note({ errors = [] }) {
      const refused = errors.flatMap(({ extensions }) => extensions?.rule ?? []);
      const lines = refused.map(({ on, anyOf }) => {
        return `${on} · Requires: ${anyOf.map((name) => requires[name] ?? name).join(' or ')}.`;
      });
      status.textContent = [...new Set(lines)].join(' ');
    },
  };
}

export interface Panel {
  /** Asks for the viewer's password once more; whether it was given, and right. Asked once for all that waits. */
  askPassword(): Promise<boolean>;
  /** Says of each place that the answer was refused at what its rule is. */
  note(answer: Answer): void;
}

type Refusal = NonNullable<Answer['errors']>[number];

/** What is used of the DOM, whose own types would let the server's code use it too. */
declare const document: { querySelector(selector: string): Element; activeElement: Focusable | null };

interface Focusable {
  focus(): void;
}

interface Element extends Focusable {
  hidden: boolean;
  textContent: string;
  value: string;
  remove(): void;
  before(element: Element): void;
  addEventListener(type: 'click' | 'submit', listener: (event: Event) => Promise<void>): void;
}

interface Event {
  preventDefault(): void;
  submitter?: { value: string };
}
