import type { IError } from '../net/wire';

/** Whatever was thrown, as what is shown of it. */
export function asError(error: unknown): IError {
  const { code, message, remedy } = error as Partial<IError>;
  return {
    code: code ?? 'internal',
    message: message ?? String(error),
    remedy: remedy ?? ''
  };
}
