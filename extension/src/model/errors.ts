import type { IError } from '../net/wire';

/** Return anything that was thrown as an error to show. */
export function asError(error: unknown): IError {
  const { code, message, remedy } = error as Partial<IError>;
  return {
    code: code ?? 'internal',
    message: message ?? String(error),
    remedy: remedy ?? ''
  };
}
