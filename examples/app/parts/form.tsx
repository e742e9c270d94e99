import {
  type ComponentProps,
  createContext,
  type FormEvent,
  type ReactNode,
  use,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react';
import { type Failure, failureOf } from './failure.ts';

const NONE: Failure = { fields: {}, text: '' };
const Failed = createContext(NONE);

/** Sends what was filled in, once at a time, and shows what the server says no to, at its inputs. */
export function Form({ label, button, others, className, send, children }: FormProps) {
  const [failure, setFailure] = useState(NONE);
  const [isBusy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const { submitter } = event.nativeEvent as SubmitEvent;
    if (isBusy) return;
    setBusy(true);
    try {
      await send(new FormData(event.currentTarget, submitter));
      setFailure(NONE);
      form.current?.reset();
    } catch (error) {
      setFailure(failureOf(error));
    }
    setBusy(false);
  }

  const hasInput = (place: string) => form.current?.elements.namedItem(place.replace(/^input\./, ''));

  // The first input that has to be mended.
  useEffect(() => {
    if (failure !== NONE) form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus();
  }, [failure]);

  // The server knows what is valid, and says it in words: browsers need not.
  return (
    <form ref={form} className={className} aria-label={label} aria-busy={isBusy} noValidate onSubmit={submit}>
      <Failed value={failure}>{children}</Failed>
      <div className="buttons">
        <button type="submit" className="main" aria-disabled={isBusy}>
          {button}
        </button>
        {others}
      </div>
      <p role="alert">{!Object.keys(failure.fields).some(hasInput) && failure.text}</p>
    </form>
  );
}

/** An input with its label, and with what the server says of the argument of its name, or of `input.<name>`. */
export function Field({ name, label, as = 'input', ...props }: FieldProps) {
  const { fields } = use(Failed);
  const fault = fields[name] ?? fields[`input.${name}`];
  const id = useId();
  // They share all that is set here.
  const Input = as as 'input';
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <Input
        id={id}
        name={name}
        {...(fault && { 'aria-invalid': true, 'aria-describedby': `${id}-fault` })}
        {...props}
      />
      {fault && (
        <p id={`${id}-fault`} className="fault">
          {fault}
        </p>
      )}
    </div>
  );
}

interface FormProps {
  label: string;
  button: string;
  /** More buttons; one that submits is among the values. */
  others?: ReactNode;
  className?: string;
  send(values: FormData): Promise<unknown>;
  children: ReactNode;
}
type FieldProps = { name: string; label: string; as?: 'input' | 'textarea' | 'select' } & Omit<
  ComponentProps<'input'>,
  'ref'
>;
