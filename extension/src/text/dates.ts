import type { TranslationBundle } from '@jupyterlab/translation';

import type { IConversation } from '../net/wire';

const DAY_MS = 86_400_000;

/** Conversations with a heading, the pinned ones first and then by date. */
export interface IGroup {
  name: string;
  talks: readonly IConversation[];
}

/** Put conversations, most recent first, into groups; only those with all words in their title or collection. */
export function groupsOf(
  talks: readonly IConversation[],
  wanted: string,
  now: Date,
  trans: TranslationBundle
): IGroup[] {
  const words = wanted.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const groups = new Map<string, IConversation[]>();
  const found = talks.filter(({ title, collection }) => {
    const text = `${title}\n${collection}`.toLocaleLowerCase();
    return words.every(word => text.includes(word));
  });
  const pinned = found.filter(talk => talk.pinned);
  for (const talk of [...pinned, ...found.filter(talk => !talk.pinned)]) {
    const name = talk.pinned
      ? trans.__('Pinned')
      : dayOf(new Date(talk.changed), now, trans);
    groups.set(name, [...(groups.get(name) ?? []), talk]);
  }
  return [...groups].map(([name, talks]) => ({ name, talks }));
}

function dayOf(date: Date, now: Date, trans: TranslationBundle): string {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const days = Math.ceil((midnight.getTime() - date.getTime()) / DAY_MS);
  return days <= 0
    ? trans.__('Today')
    : days === 1
      ? trans.__('Yesterday')
      : days <= 7
        ? trans.__('Previous 7 days')
        : date.toLocaleDateString(undefined, {
            month: 'long',
            year: 'numeric'
          });
}
