import type { Actions } from './actions.ts';

/**
 * Masks a secret, unless it is part of a name that outputs and logs must tell (the app, its image): cut out of those,
 * it would break what reads them and show the secret by its gap. Then a warning says what to mend. `what` names the
 * secret, never its value.
 */
export function maskUnlessName(actions: Actions, names: readonly string[], what: string, value: string): void {
  const name = value.length >= 3 ? names.find((one) => one.includes(value)) : undefined;
  if (name === undefined) actions.mask(value);
  else {
    actions.warning(
      `The value of ${what} is also part of the name "${name}", so it can't be hidden in logs and outputs; choose another secret.`,
    );
  }
}
