import { Notification } from '@jupyterlab/apputils';

import { asError } from './model/errors';

/** Do something, and tell the user when it fails. */
export async function telling(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { message, remedy } = asError(error);
    Notification.error(`${message} ${remedy}`.trim(), { autoClose: false });
  }
}
