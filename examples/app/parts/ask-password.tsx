import { useEffect, useRef, useState } from 'react';
import type { Refusal } from '../../client/session.ts';
import { failureOf } from './failure.ts';
import { Field, Form } from './form.tsx';

let show: (question: Question) => void = () => {};

/** Asks for the password once more, as the session wants it; null where nobody gives one. */
export const askPassword = (refusal?: Refusal): Promise<string | null> =>
  new Promise((answer) => show({ answer, ...(refusal && { refusal }) }));

/** The place of that question, over everything. */
export function PasswordDialog() {
  const [question, setQuestion] = useState<Question | null>(null);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    show = setQuestion;
  }, []);
  useEffect(() => {
    if (question) dialog.current?.showModal();
  }, [question]);
  if (!question) return null;

  function answer(password: string | null) {
    setQuestion(null);
    question?.answer(password);
  }

  return (
    <dialog
      ref={dialog}
      className="card"
      aria-labelledby="ask-password"
      aria-describedby="ask-password-why"
      onClose={() => answer(null)}
    >
      <h2 id="ask-password">Is it still you?</h2>
      <p id="ask-password-why">
        {question.refusal ? failureOf(question.refusal).text : 'For this, give your password once more.'}
      </p>
      <Form
        label="Confirm password"
        button="Go on"
        others={
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
        }
        send={async (values) => answer(String(values.get('password')))}
      >
        <Field name="password" label="Password" type="password" autoComplete="current-password" autoFocus required />
      </Form>
    </dialog>
  );
}

interface Question {
  answer(password: string | null): void;
  refusal?: Refusal;
}
