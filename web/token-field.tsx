// The token that a change takes. It stays in the memory of the page.

export interface TokenProps {
  readonly token: string;
  readonly onToken: (token: string) => void;
}

export function TokenField({ token, onToken }: TokenProps) {
  return (
    <label>
      Token{' '}
      <input
        type="password"
        autocomplete="off"
        value={token}
        onInput={(event) => onToken(event.currentTarget.value)}
      />
    </label>
  );
}
