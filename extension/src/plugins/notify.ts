import { Notification } from '@jupyterlab/apputils';

import { asError } from '../model/errors';

/** Run some work and notify the user when it fails. */
export async function notifyOnError(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { message, remedy } = asError(error);
    Notification.error(`${message} ${remedy}`.trim(), { autoClose: false });
  }
}
