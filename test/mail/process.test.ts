import { describe, expect, test } from 'vitest';
import { SIGNUP } from '../kit/app.ts';
import { dataDirectory } from '../kit/directory.ts';
import { serve } from '../kit/server-process.ts';
import { startSmtp } from '../kit/smtp.ts';

const RESET = 'mutation ($email: String!) { requestPasswordReset(email: $email) }';

describe('a server that is killed', { timeout: 60_000 }, async () => {
  const smtp = await startSmtp();
  const env = { DATA_DIR: dataDirectory(), ...smtp.env };
  const email = 'ann@example.com';

  test('between a commit and its mail sends it after it was started again, once', async () => {
    const to = 'bob@example.com';
    const server = await serve(env);
    await server.ask(SIGNUP, { input: { email: to, password: 'one hundred and one geese' } });
    await smtp.goAway();
    expect((await server.ask(RESET, { email: to })).data).toEqual({ requestPasswordReset: true });
    await server.stop('SIGKILL');
    await smtp.comeBack();

    const arrived = smtp.next(to);
    const again = await serve(env);
    await arrived;
    await again.stop('SIGTERM');
    expect(smtp.mails.filter((mail) => mail.to === to)).toHaveLength(1);
  });

  test('before a mail is taken by the other side sends it after it was started again, once', async () => {
    const server = await serve(env);
    await server.ask(SIGNUP, { input: { email, password: 'one hundred and one geese' } });
    smtp.manner.holdUp = new Promise(() => {});
    const tried = smtp.tried();
    expect((await server.ask(RESET, { email })).data).toEqual({ requestPasswordReset: true });
    await tried;
    await server.stop('SIGKILL');
    smtp.manner.holdUp = undefined;

    const arrived = smtp.next(email);
    const again = await serve(env);
    const { token } = await arrived;
    expect(token).toMatch(/^[\w-]{43}$/);
    const reset = 'mutation ($token: String!) { resetPassword(token: $token, newPassword: "a hundred and two geese") }';
    expect((await again.ask(reset, { token })).data).toEqual({ resetPassword: true });
    await again.stop('SIGTERM');
    expect(smtp.mails.filter(({ to, subject }) => to === email && subject === 'Choose a new password')).toHaveLength(1);
  });

  test('and told to stop while the other side hangs, stops within its ten seconds', async () => {
    const server = await serve(env);
    smtp.manner.holdUp = new Promise(() => {});
    const tried = smtp.tried();
    await server.ask(RESET, { email });
    await tried;
    expect(await server.stop('SIGTERM')).toMatchObject({ code: 0 });
    smtp.manner.holdUp = undefined;
  });
});
