import type { IDocumentManager } from '@jupyterlab/docmanager';

import { Opener } from '../../src/open/opener';
import { RequestError } from '../../src/net/request';
import type { ICited, ILocated } from '../../src/net/wire';
import { trans } from '../fake';

const CITED: ICited = {
  path: '/home/me/docs/boats.md',
  anchor: { line: 3 },
  start: 9,
  end: 15,
  quote: 'Stay.'
};

/** A JupyterLab in which nothing can be opened: what is asked of it is noted. */
function documents(isShown = true): {
  asked: string[];
  manager: IDocumentManager;
} {
  const asked: string[] = [];
  const manager = {
    registry: { getWidgetFactory: () => undefined },
    services: {
      contents: {
        get: (path: string) => {
          asked.push(path);
          return isShown ? Promise.resolve({}) : Promise.reject(new Error());
        }
      }
    },
    openOrReveal: (path: string) => {
      asked.push(`open ${path}`);
      return undefined;
    }
  };
  return { asked, manager: manager as unknown as IDocumentManager };
}

async function outcome(
  located: Partial<ILocated>,
  manager: IDocumentManager | null = documents().manager,
  drive = ''
): Promise<{ shown: boolean; message: string; remedy: string }> {
  const { path, anchor, start, end } = CITED;
  const place = { path, anchor, start, end };
  const answer: ILocated = {
    ...place,
    state: 'same',
    kind: 'markdown',
    ...located
  };
  const server = { locate: () => Promise.resolve(answer) };
  return new Opener(server, manager, trans, () => drive).open(CITED);
}

test('a document that is not opened has a message and a remedy', async () => {
  const { asked, manager } = documents();
  const notices = await Promise.all([
    outcome({ state: 'unknown', contents: 'docs/boats.md' }, manager),
    outcome({ state: 'missing', contents: 'docs/boats.md' }, manager),
    outcome({ state: 'same' }, manager)
  ]);
  expect(notices.map(({ message }) => message)).toEqual([
    '“boats.md” is no longer in the index.',
    'The file “boats.md” no longer exists.',
    '“boats.md” is outside the folder that JupyterLab shows.'
  ]);
  expect(notices.every(({ shown, remedy }) => !shown && remedy)).toBe(true);
  expect(asked).toEqual([]);
});

test('where JupyterLab has no documents, the notice gives the path', async () => {
  const notices = await outcome({ contents: 'docs/boats.md' }, null);
  expect(notices.remedy).toContain('/home/me/docs/boats.md');
});

test('a file that JupyterLab hides', async () => {
  const notices = await outcome(
    { contents: '.secret/boats.md' },
    documents(false).manager
  );
  expect(notices).toMatchObject({
    shown: false,
    message: 'JupyterLab does not show “boats.md”.'
  });
});

test('a kind that JupyterLab cannot show tells the place', async () => {
  const { asked, manager } = documents();
  const notices = await outcome(
    { contents: 'a #1?.pptx', kind: 'slides', anchor: { slide: 3 } },
    manager
  );
  expect(notices).toEqual({
    shown: false,
    message: 'JupyterLab cannot show this kind of file.',
    remedy: 'The passage is at: slide 3.',
    reveal: 'a #1?.pptx'
  });
  expect(asked).toEqual(['a #1?.pptx']);
});

test('paths are those of the drive of the file browser', async () => {
  const { asked, manager } = documents();
  await outcome({ contents: 'a%41/b #?.md' }, manager, 'RTC');
  expect(asked).toEqual(['RTC:a%41/b #?.md', 'open RTC:a%41/b #?.md']);
});

test('an engine that does not answer', async () => {
  const server = {
    locate: () =>
      Promise.reject(new RequestError('x', 'It is gone.', 'Start it.'))
  };
  expect(await new Opener(server, null, trans).open(CITED)).toMatchObject({
    shown: false,
    message: 'It is gone.',
    remedy: 'Start it.'
  });
});
