import { useId } from 'react';

export function Search({ label, onSearch }: { label: string; onSearch(text: string | null): void }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="search"
        autoComplete="off"
        onChange={({ target }) => onSearch(target.value.trim() || null)}
      />
    </div>
  );
}
