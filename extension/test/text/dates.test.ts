import type { IConversation } from '../../src/net/wire';
import { groupsOf } from '../../src/text/dates';
import { conversationOf, trans } from '../fake';

const NOW = new Date(2031, 3, 30, 15);

function talk(
  id: string,
  changed: Date,
  more: Partial<IConversation> = {}
): IConversation {
  return {
    ...conversationOf(id, 'one'),
    title: id,
    changed: changed.toISOString(),
    ...more
  };
}

test('conversations stand by date, the pinned ones first', () => {
  const talks = [
    talk('now', new Date(2031, 3, 30, 14)),
    talk('morning', new Date(2031, 3, 30, 0, 1)),
    talk('late', new Date(2031, 3, 29, 23, 59)),
    talk('week', new Date(2031, 3, 24)),
    talk('old', new Date(2031, 0, 3)),
    talk('kept', new Date(2030, 0, 3), { pinned: true })
  ];
  const groups = groupsOf(talks, '', NOW, trans);
  expect(groups.map(({ talks }) => talks.map(({ id }) => id))).toEqual([
    ['kept'],
    ['now', 'morning'],
    ['late'],
    ['week'],
    ['old']
  ]);
  expect(groups.slice(0, 4).map(({ name }) => name)).toEqual([
    'Pinned',
    'Today',
    'Yesterday',
    'Previous 7 days'
  ]);
  expect(groups[4].name).toContain('2031');
});

test('all words are looked for, in titles and collections', () => {
  const talks = [
    talk('Boats in Wind', NOW, { collection: 'harbour' }),
    talk('Leave', NOW, { collection: 'people' })
  ];
  const found = (wanted: string): string[] =>
    groupsOf(talks, wanted, NOW, trans).flatMap(({ talks }) =>
      talks.map(({ title }) => title)
    );
  expect(found('wind boats')).toEqual(['Boats in Wind']);
  expect(found('HARB')).toEqual(['Boats in Wind']);
  expect(found('wind people')).toEqual([]);
});
