import { RequestError } from '../../src/net/request';
import { FakeServer, panelOf, settle } from '../fake';

test('the form saves only what was changed, and goes back', async () => {
  const server = new FakeServer();
  const panel = panelOf(server);
  panel.showView('settings');
  await settle();
  const { values } = panel.settings.known!;
  await panel.saveSettings({ ...values, passages: 9, quotes: false });
  expect(server.saved).toEqual([{ passages: 9, quotes: false }]);
  expect(panel.settings.known!.values.passages).toBe(9);
  expect(panel.view).toBe('conversation');
  expect(panel.announcement).toBe('Settings saved');
  await panel.saveSettings(panel.settings.known!.values);
  expect(server.saved).toHaveLength(1);
});

test('what cannot be saved is told, and the form stays', async () => {
  const server = new FakeServer();
  const panel = panelOf(server);
  panel.showView('settings');
  await settle();
  server.refuse = new RequestError('config', 'It cannot be written.', 'Look.');
  await panel.saveSettings({ ...panel.settings.known!.values, passages: 9 });
  expect(panel.view).toBe('settings');
  expect(panel.settings.error?.remedy).toBe('Look.');
  expect(panel.announcement).toBe('It cannot be written. Look.');
});
