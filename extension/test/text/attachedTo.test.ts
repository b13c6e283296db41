import { attachedOf } from '../../src/text/attachedTo';
import type { IAttachment } from '../../src/net/wire';
import { FakeServer, panelOf, settle, trans } from '../fake';

const attachment: IAttachment = {
  address: 'https://chroma.lab.example:8443',
  revision: 7,
  synced: 1790000000,
  vectors: 'local',
  code: '',
  message: '',
  remedy: ''
};

test('an attached collection says how well it follows', () => {
  const said = (code: string): string =>
    attachedOf({ ...attachment, code }, trans);
  expect(said('')).toBe('shared, revision 7');
  expect(said('shared_unreachable')).toBe('shared, revision 7 · server away');
  expect(said('shared_index_damaged')).toMatch('index on the server damaged');
  expect(said('history_changed')).toBe('shared, revision 7 · not followed');
});

test('the panel knows what is attached, and what then goes out', async () => {
  const server = new FakeServer();
  const status = await server.status();
  const [known] = status.collections;
  const papers = { ...known, name: 'papers', shared: attachment };
  const many = {
    ...papers,
    name: 'many',
    shared: { ...attachment, vectors: 'remote' as const }
  };
  server.status = () =>
    Promise.resolve({ ...status, collections: [known, papers, many] });
  const panel = panelOf(server);
  await panel.start();
  await settle();
  expect(panel.setup.sharedOf('papers')).toEqual(attachment);
  expect(panel.setup.sharedOf(known.name)).toBeUndefined();
  expect(panel.setup.sharedOf('nowhere')).toBeUndefined();
  panel.chooseCollection('papers');
  expect(panel.setup.vectorTo(panel.asked)).toBe('');
  panel.chooseCollection('many');
  expect(panel.setup.vectorTo(panel.asked)).toBe('chroma.lab.example:8443');
});
