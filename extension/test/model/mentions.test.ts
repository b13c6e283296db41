import { Mentions } from '../../src/model/mentions';
import type { IDocument } from '../../src/net/wire';
import { FakeServer } from '../fake';

const document = (
  path: string,
  state: IDocument['state'] = 'ready'
): IDocument => ({ path, root: '/r', kind: 'text', state, chunks: 1 });

const lookedFor = async (typed: string): Promise<Mentions> => {
  const server = new FakeServer();
  server.files = [
    document('/r/annual plan.md'),
    document('/r/plan.md'),
    document('/r/old/plan.md'),
    document('/r/plan.pdf', 'failed')
  ];
  const mentions = new Mentions(server);
  await mentions.look(typed, 'default');
  return mentions;
};

test('names that begin as typed come first, each once, and none that failed', async () => {
  const mentions = await lookedFor('what is in @pl');
  expect(mentions.names).toEqual(['plan.md', 'annual plan.md']);
});

test('a name is put in the place of what was typed, in quotes where it has spaces', async () => {
  const mentions = await lookedFor('compare @pl');
  expect(mentions.take('compare @pl')).toBe('compare @plan.md ');
  expect(mentions.names).toEqual([]);
  const others = await lookedFor('and @"annual p');
  others.move(-1);
  expect(others.take('and @"annual p')).toBe('and @"annual plan.md" ');
});

test('other words are left alone', async () => {
  for (const typed of ['mail ann@pl', 'plan', 'in @plan.md now', '@@pl']) {
    expect((await lookedFor(typed)).names).toEqual([]);
  }
});

test('the active name goes round', async () => {
  const mentions = await lookedFor('@pl');
  mentions.move(1);
  expect(mentions.active).toBe(1);
  mentions.move(1);
  expect(mentions.active).toBe(0);
});
