import type { Answer } from './session.ts';

/**
 * What a link in a mail asks for, when the page was opened by one; and such a link for whoever has forgotten the password. Programs
 * follow links before people do: nothing happens until the button is pressed.
 */
export function openLinks(send: typeof fetch) {
  const LINKS: Record<string, Asked> = {
    'confirm-email': { mutation: 'confirmEmail', button: 'Confirm my email', done: 'Confirmed.' },
    'reset-password': {
      mutation: 'resetPassword',
      button: 'Set the new password',
      done: 'Sign in with the new password.',
    },
    'undo-email-change': {
      mutation: 'undoEmailChange',
      button: 'Take my account back',
      done: 'The account has its former email. Follow the link in the mail for a new password.',
    },
  };
  const find = (selector: string) => document.querySelector(`#door ${selector}`);
  const form = find('.link');
  const password = find('[name=newPassword]');
  const button = find('.link button');
  const status = find('[role=status]');
  let link: { action: string; token: string } | null = null;

  async function ask(query: string, variables: object, done: string): Promise<boolean> {
    status.textContent = '';
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ query, variables });
    const { errors = [] }: Answer = await send('/graphql', { method: 'POST', headers, body })
      .then((response) => response.json())
      .catch(() => ({ errors: [{ message: 'The server cannot be reached.' }] }));
    const said = errors.flatMap(({ message, extensions: { reason, fields } = {} }) => [
      message,
      reason,
      ...Object.values(fields ?? {}),
    ]);
    status.textContent = [...new Set(said)].filter(Boolean).join(' ') || done;
    return errors.length === 0;
  }

  function open() {
    const [, action = '', token = ''] = /^#\/([\w-]+)\?token=([\w-]+)$/.exec(location.hash) ?? [];
    const asked = LINKS[action];
    if (!asked) return;
    link = { action, token };
    // Browsers keep the address.
    history.replaceState(null, '', location.pathname);
    status.before(form);
    password.hidden = action !== 'reset-password';
    password.required = !password.hidden;
    button.textContent = asked.button;
    (password.hidden ? button : password).focus();
  }

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const { mutation = '', done = '' } = LINKS[link?.action ?? ''] ?? {};
    const [types, args] = password.hidden
      ? ['$token: String!', 'token: $token']
      : ['$token: String!, $newPassword: String!', 'token: $token, newPassword: $newPassword'];
    const variables = { token: link?.token, newPassword: password.value };
    const isDone = await ask(`mutation (${types}) { ${mutation}(${args}) }`, variables, done);
    if (!isDone) return;
    password.value = '';
    form.remove();
    // Whoever is signed in has no need of it, and it takes no focus then.
    find('[name=email]').focus();
  });

  find('.forgotten').addEventListener('click', async () => {
    await ask(
      'mutation ($email: String!) { requestPasswordReset(email: $email) }',
      { email: find('[name=email]').value },
      'If there is an account with this email, a mail with a link is on its way.',
    );
  });

  // There only when a link asks for it.
  form.remove();
  addEventListener('hashchange', open);
  open();
}

interface Asked {
  mutation: string;
  button: string;
  done: string;
}

/** What is used of the DOM, whose own types would let the server's code use it too. */
declare const document: { querySelector(selector: string): Element };
declare const location: { hash: string; pathname: string };
declare const history: { replaceState(state: null, title: string, path: string): void };
declare function addEventListener(type: 'hashchange', listener: () => void): void;

interface Element {
  hidden: boolean;
  required: boolean;
  textContent: string;
  value: string;
  focus(): void;
  remove(): void;
  before(element: Element): void;
  addEventListener(type: 'click' | 'submit', listener: (event: { preventDefault(): void }) => Promise<void>): void;
}
