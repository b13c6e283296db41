import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { TranslationBundle } from '@jupyterlab/translation';

import { asError } from '../model/errors';
import type { IServer } from '../net/server';
import type { ICited, ILocated } from '../net/wire';
import { nameOf, placeOf } from '../text/words';
import { available } from './document';
import { openNotebook } from './notebook';
import type { Reached } from './text';
import { openText } from './text';
import { openPage, openRow, viewed } from './viewer';

/** What became of opening a citation. */
export interface IOpened {
  /** Whether a document is shown. */
  readonly shown: boolean;
  /** What is to be told; empty when the document is shown as it was cited. */
  readonly message: string;
  /** The one thing to do about it. */
  readonly remedy: string;
  /** The path by which the file browser shows it, where that helps. */
  readonly reveal?: string;
  /** The path of a document that has changed since it was indexed. */
  readonly stale?: string;
  /** The path of a document that JupyterLab does not show. */
  readonly outside?: string;
}

/** What the readers make of files that the editor shows as they are. */
const TEXTS = ['text', 'markdown', 'rst', 'code', 'data', 'xml'];

/** Opens the place that a citation cites, wherever it is now. */
export class Opener {
  /**
   * @param documents - Null where JupyterLab has no documents to open.
   * @param drive - The drive of the file browser, empty for the server's own.
   */
  constructor(
    private readonly _server: Pick<IServer, 'locate'>,
    private readonly _documents: IDocumentManager | null,
    private readonly _trans: TranslationBundle,
    private readonly _drive: () => string = () => ''
  ) {}

  /** Open it, and return what is to be told; never rejects. */
  async open(cited: ICited): Promise<IOpened> {
    try {
      return await this._open(cited, await this._server.locate(cited));
    } catch (error) {
      return { shown: false, ...asError(error) };
    }
  }

  private async _open(cited: ICited, located: ILocated): Promise<IOpened> {
    const trans = this._trans;
    const name = nameOf(cited.path);
    switch (located.state) {
      case 'unknown':
        return untold(
          trans.__('“%1” is not in the index any more.', name),
          trans.__('Index the folder it is in to open its passages.')
        );
      case 'missing':
        return untold(
          trans.__('There is no file “%1” any more.', name),
          trans.__('If it was moved or renamed, index the folder it is in now.')
        );
    }
    if (located.contents === undefined || !this._documents) {
      return {
        ...untold(
          trans.__(
            '“%1” lies outside of the folder that JupyterLab shows.',
            nameOf(located.path)
          ),
          trans.__('Open it with another program: %1', located.path)
        ),
        outside: located.path
      };
    }
    const drive = this._drive();
    const contents = drive ? `${drive}:${located.contents}` : located.contents;
    try {
      await this._documents.services.contents.get(contents, {
        content: false
      });
    } catch {
      return untold(
        trans.__('JupyterLab does not show “%1”.', nameOf(located.path)),
        trans.__('It may be hidden, or its permissions may not allow it.')
      );
    }
    const reached = await this._show(contents, located, cited.quote).catch(
      () => null
    );
    if (reached === null) {
      return {
        ...untold(
          trans.__('JupyterLab cannot show this kind of file.'),
          this._whereInIt(located)
        ),
        reveal: contents
      };
    }
    return {
      shown: true,
      ...this._told(located, reached),
      ...(located.state === 'changed' && { stale: located.contents })
    };
  }

  /** Show a document, the way its kind is shown; null when there is none. */
  private async _show(
    contents: string,
    located: ILocated,
    quote: string
  ): Promise<Reached | null> {
    const documents = this._documents!;
    const place = { ...located, quote };
    const { page, row, line } = located.anchor;
    const pdf = available(documents, 'PDF');
    const isTabbed = /\.(tsv|tab)$/i.test(contents);
    const table = available(documents, isTabbed ? 'TSVTable' : 'CSVTable');
    const html = available(documents, 'HTML Viewer');
    const { kind } = located;
    if (kind === 'notebook') {
      return openNotebook(documents, contents, place);
    }
    if (kind === 'pdf' && pdf) {
      await openPage(documents, contents, pdf, page ?? 1);
      return 'quote';
    }
    if (kind === 'table' && table && row !== undefined) {
      return (await openRow(documents, contents, table, row))
        ? 'quote'
        : 'place';
    }
    if (kind === 'html' && html && line === undefined) {
      await viewed(documents, contents, html);
      return 'quote';
    }
    return [...TEXTS, 'table', 'html'].includes(kind)
      ? openText(documents, contents, place)
      : null;
  }

  /** What is to be told of a document that is shown. */
  private _told(
    located: ILocated,
    reached: Reached
  ): Pick<IOpened, 'message' | 'remedy'> {
    const trans = this._trans;
    const name = nameOf(located.path);
    if (reached === 'unsaved') {
      return {
        message: trans.__('This text is not in “%1” as it is open here.', name),
        remedy: trans.__('It has changes that are not saved.')
      };
    }
    if (located.state === 'changed') {
      return {
        message:
          reached === 'quote'
            ? trans.__('“%1” has changed since it was indexed.', name)
            : trans.__(
                '“%1” has changed since it was indexed, and this text is not there any more.',
                name
              ),
        remedy: trans.__('Ask again once it is indexed as it is now.')
      };
    }
    if (reached === 'place') {
      return {
        message: trans.__('This text was not found in “%1”.', name),
        remedy: placeOf({ ...located.anchor, heading: undefined }, trans)
          ? trans.__('It is shown where it should be.')
          : trans.__('The file is shown from its beginning.')
      };
    }
    if (located.state === 'moved') {
      const where = [name, placeOf(located.anchor, trans)].filter(Boolean);
      return {
        message: trans.__('This is now in %1.', where.join(', ')),
        remedy: ''
      };
    }
    return { message: '', remedy: '' };
  }

  private _whereInIt(located: ILocated): string {
    const where = placeOf(located.anchor, this._trans);
    return where
      ? this._trans.__('The passage is at: %1.', where)
      : this._trans.__('Open it with another program.');
  }
}

function untold(message: string, remedy: string): IOpened {
  return { shown: false, message, remedy };
}
