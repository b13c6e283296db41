import type { TranslationBundle } from '@jupyterlab/translation';

import type { IAttachment } from '../net/wire';

const AWAY = ['shared_unreachable', 'shared_busy', 'shared_failed'];

/** Return how an attached collection is, in a few words: "shared, revision 7". */
export function attachedOf(
  { revision, code }: IAttachment,
  trans: TranslationBundle
): string {
  const words = trans.__('shared, revision %1', revision);
  if (!code) {
    return words;
  }
  const trouble =
    code === 'shared_index_damaged'
      ? trans.__('index on the server damaged')
      : AWAY.includes(code)
        ? trans.__('server away')
        : trans.__('not followed');
  return `${words} · ${trouble}`;
}
