import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { TranslationBundle } from '@jupyterlab/translation';

import { asError } from '../model/errors';
import type { IServer } from '../net/server';
import type { ICited, ILocated } from '../net/wire';
import type { ReadingRoom } from '../read/room';
import { nameOf, placeOf } from '../text/words';
import { available } from './document';
import { findShown, openTab } from './elsewhere';
import { openNotebook } from './notebook';
import type { OpenOutcome } from './text';
import { openText } from './text';
import { marksQuotes, openPage, openRow, openViewer } from './viewer';

/** The result of opening a citation. */
export interface IOpenResult {
  /** Whether a document is shown. */
  readonly shown: boolean;
  /** What to tell the user; empty when the document still shows what was cited. */
  readonly message: string;
  /** The one thing to do about it. */
  readonly remedy: string;
  /** The path to show in the file browser, where that helps. */
  readonly reveal?: string;
  /** The path of a document that has changed since it was indexed. */
  readonly stale?: string;
  /** The path of a document that JupyterLab does not show. */
  readonly outside?: string;
}

/** How long opening may take, in milliseconds. */
const LONGEST_MS = 30_000;

/** Kinds of documents that the editor shows unchanged. */
const TEXTS = ['text', 'markdown', 'rst', 'code', 'data', 'xml'];

/** Opens a citation at its current place. */
export class Opener {
  /**
   * @param documents - Null where JupyterLab has no documents to open.
   * @param drive - The drive of the file browser, empty for the server's own.
   * @param room - Shows what no viewer of JupyterLab does.
   * @param hasTabs - Whether the page can show several documents; otherwise each has a tab of the browser.
   */
  constructor(
    private readonly _server: Pick<IServer, 'locate'>,
    private readonly _documents: IDocumentManager | null,
    private readonly _trans: TranslationBundle,
    private readonly _drive: () => string = () => '',
    private readonly _room: Pick<ReadingRoom, 'text' | 'pdf'> | null = null,
    private readonly _hasTabs = true
  ) {}

  /** Open a citation and return the result to show; never rejects. */
  async open(cited: ICited): Promise<IOpenResult> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<IOpenResult>(resolve => {
      const message = this._trans.__(
        '“%1” could not be opened in time.',
        nameOf(cited.path)
      );
      timer = setTimeout(() => resolve(notShown(message, '')), LONGEST_MS);
    });
    try {
      const opening = this._server
        .locate(cited)
        .then(located => this._open(cited, located));
      return await Promise.race([opening, late]);
    } catch (error) {
      return { shown: false, ...asError(error) };
    } finally {
      clearTimeout(timer);
    }
  }

  private async _open(cited: ICited, located: ILocated): Promise<IOpenResult> {
    const trans = this._trans;
    const name = nameOf(cited.path);
    switch (located.state) {
      case 'unknown':
        return notShown(
          trans.__('“%1” is no longer in the index.', name),
          trans.__('Index its folder to open its passages.')
        );
      case 'missing':
        return notShown(
          trans.__('The file “%1” no longer exists.', name),
          trans.__('If it was moved or renamed, index its new folder.')
        );
    }
    if (located.contents === undefined || !this._documents) {
      return {
        ...notShown(
          trans.__(
            '“%1” is outside the folder that JupyterLab shows.',
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
      return notShown(
        trans.__('JupyterLab does not show “%1”.', nameOf(located.path)),
        trans.__('It may be hidden, or its permissions may not allow it.')
      );
    }
    if (!this._hasTabs && !findShown(this._documents, contents)) {
      return openTab(contents, located)
        ? { shown: true, message: '', remedy: '' }
        : notShown(
            trans.__('The browser did not allow a new tab.'),
            trans.__('Allow pop-up windows for this page.')
          );
    }
    const outcome = await this._show(contents, located, cited).catch(
      () => null
    );
    if (outcome === null) {
      return {
        ...notShown(
          trans.__('JupyterLab cannot show this kind of file.'),
          this._whereInIt(located)
        ),
        reveal: contents
      };
    }
    return {
      shown: true,
      ...this._messageOf(located, outcome),
      ...(located.state === 'changed' && { stale: located.contents })
    };
  }

  /** Show a document in the viewer of its kind; null without a viewer. */
  private async _show(
    contents: string,
    located: ILocated,
    cited: ICited
  ): Promise<OpenOutcome | null> {
    const documents = this._documents!;
    const place = { ...located, quote: cited.quote };
    const { page, row, line } = located.anchor;
    const pdf = available(documents, 'PDF');
    const isTabbed = /\.(tsv|tab)$/i.test(contents);
    const table = available(documents, isTabbed ? 'TSVTable' : 'CSVTable');
    const html = available(documents, 'HTML Viewer');
    const { kind } = located;
    if (kind === 'notebook') {
      return openNotebook(documents, contents, place);
    }
    if (kind === 'pdf' && this._room && !(pdf && marksQuotes())) {
      return this._room.pdf(contents, place);
    }
    if (kind === 'pdf' && pdf) {
      await openPage(documents, contents, pdf, page ?? 1, cited.quote);
      return 'quote';
    }
    if (kind === 'table' && table && row !== undefined) {
      return (await openRow(documents, contents, table, row))
        ? 'quote'
        : 'place';
    }
    const isSource = kind === 'html' && line !== undefined;
    if (isSource || [...TEXTS, 'table'].includes(kind)) {
      return openText(documents, contents, place);
    }
    const read = await this._room?.text(cited);
    if (!read && kind === 'html' && html) {
      await openViewer(documents, contents, html);
      return 'quote';
    }
    return read ?? null;
  }

  /** Return the message about a document that is shown. */
  private _messageOf(
    located: ILocated,
    outcome: OpenOutcome
  ): Pick<IOpenResult, 'message' | 'remedy'> {
    const trans = this._trans;
    const name = nameOf(located.path);
    if (outcome === 'unsaved') {
      return {
        message: trans.__(
          'The open copy of “%1” does not contain this text.',
          name
        ),
        remedy: trans.__('It has unsaved changes.')
      };
    }
    if (located.state === 'changed') {
      return {
        message:
          outcome === 'quote'
            ? trans.__('“%1” has changed since it was indexed.', name)
            : trans.__(
                '“%1” has changed since it was indexed and no longer contains this text.',
                name
              ),
        remedy: trans.__('Index it again, then ask again.')
      };
    }
    if (outcome === 'place') {
      return {
        message: trans.__('This text was not found in “%1”.', name),
        remedy: placeOf({ ...located.anchor, heading: undefined }, trans)
          ? trans.__('The file is shown at the expected place.')
          : trans.__('The file is shown from its start.')
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

function notShown(message: string, remedy: string): IOpenResult {
  return { shown: false, message, remedy };
}
