import { outcomeOf } from '../../src/model/checks';
import { RequestError } from '../../src/net/request';
import type { ICheck, IDiagnosis } from '../../src/net/wire';
import { headlineOf } from '../../src/text/words';
import { FakeServer, panelOf, settle, trans } from '../fake';

function check(name: string, changes: Partial<ICheck> = {}): ICheck {
  return {
    name,
    ok: true,
    detail: 'Well.',
    remedy: '',
    needed: true,
    promise: false,
    ...changes
  };
}

const broken = { ok: false, remedy: 'Run: chmod 700.' };

function headline(changes: Partial<IDiagnosis>): string {
  return headlineOf(
    { ok: true, checks: [check('store')], enforcement: 'kernel', ...changes },
    trans
  );
}

test('the view runs the checks, once at a time, and its outcome is announced', async () => {
  const server = new FakeServer();
  const asked = jest.spyOn(server, 'doctor');
  const panel = panelOf(server);
  panel.showView('checks');
  panel.showView('checks');
  expect(panel.checks.isRunning).toBe(true);
  expect(panel.announcement).toBe('Checking…');
  await settle();
  expect(asked).toHaveBeenCalledTimes(1);
  expect(panel.checks.diagnosis).toEqual(server.diagnosis);
  expect(panel.announcement).toContain('Nothing leaves this machine');
  server.refuse = new RequestError('http_403', 'Not allowed.', 'Ask.');
  await panel.checks.run();
  expect(panel.checks.error?.remedy).toBe('Ask.');
  expect(panel.announcement).toBe('Not allowed. Ask.');
  expect(panel.checks.diagnosis).toEqual(server.diagnosis);
  server.refuse = null;
  await panel.checks.run();
  expect(panel.checks.error).toBeNull();
});

test('the headline promises only what was found', () => {
  expect(headline({})).toContain('operating system blocks it');
  expect(headline({ enforcement: 'process' })).toContain('engine blocks it');
  expect(headline({ enforcement: 'None' })).toContain('nothing enforces this');
  const promise = check('files and sockets', { ...broken, promise: true });
  expect(headline({ ok: false, checks: [promise] })).toBe(
    'A privacy promise is broken: files and sockets.'
  );
  const store = check('store', broken);
  expect(headline({ ok: false, checks: [store] })).toMatch(
    /^Nothing leaves.*Not working: store\.$/
  );
  const unknown = { ok: false, checks: [store], enforcement: 'unknown' };
  expect(headline(unknown)).toBe('The engine could not be checked: store.');
  const mild = check('ollama', { ...broken, needed: false });
  expect(headline({ checks: [mild] })).not.toContain('ollama');
  const elsewhere = headline({ elsewhere: 'http://big.example:11434' });
  expect(elsewhere).toContain('go to http://big.example:11434');
});

test('what can be done without is a warning', () => {
  expect(outcomeOf(check('a'))).toBe('ok');
  expect(outcomeOf(check('a', broken))).toBe('failed');
  expect(outcomeOf(check('a', { ...broken, needed: false }))).toBe('warning');
});
