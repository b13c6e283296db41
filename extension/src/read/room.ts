import type { JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget } from '@jupyterlab/apputils';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';

import { localaiIcon } from '../components/icons';
import type { IServer } from '../net/server';
import type { ICited, ILocated } from '../net/wire';
import type { OpenOutcome } from '../open/text';
import { nameOf } from '../text/words';
import type { PdfView } from './pdf';

/** Shows what JupyterLab or the browser does not: the text of any document, and PDFs with a marked quote. */
export class ReadingRoom {
  constructor(
    private readonly _shell: JupyterFrontEnd.IShell,
    private readonly _contents: Contents.IManager,
    private readonly _server: Pick<IServer, 'locate'>,
    private readonly _trans: TranslationBundle
  ) {}

  /** Show the text of a document as it was indexed; null where there is none, or no room for it. */
  async text(place: ICited): Promise<OpenOutcome | null> {
    const located = await this._server.locate(place, true);
    if (!located.text) {
      return null;
    }
    const { readingOf, TextView } = await import('./text');
    const reading = readingOf(located, place.quote);
    const label = this._trans.__('%1 (text)', nameOf(located.path));
    const view = await this._open(`text:${located.path}`, label, () =>
      Promise.resolve(new TextView(this._trans))
    );
    view?.read(reading);
    return view && (reading.isMarked ? 'quote' : 'place');
  }

  /** Show a PDF at the page of a place, with its quote marked; null where there is no room for it. */
  async pdf(
    path: string,
    place: ILocated & ICited
  ): Promise<OpenOutcome | null> {
    const view = await this._open(`pdf:${path}`, nameOf(place.path), () =>
      this._readPdf(path)
    );
    await view?.turnTo(place.anchor.page ?? 1, place.quote);
    return view && 'quote';
  }

  private async _readPdf(path: string): Promise<PdfView> {
    const [{ PdfView }, model] = await Promise.all([
      import('./pdf'),
      this._contents.get(path, {
        type: 'file',
        format: 'base64',
        content: true
      })
    ]);
    const letters = atob(model.content as string);
    const data = Uint8Array.from(letters, letter => letter.charCodeAt(0));
    return new PdfView(data, page => this._trans.__('Page %1', page));
  }

  /** Show the view of a document, a new one if there is none yet. */
  private async _open<T extends Widget>(
    key: string,
    label: string,
    make: () => Promise<T>
  ): Promise<T | null> {
    let area = this._areas.get(key) as MainAreaWidget<T> | undefined;
    if (!area || area.isDisposed) {
      area = new MainAreaWidget({ content: await make() });
      area.title.label = label;
      area.title.icon = localaiIcon;
      area.title.closable = true;
      this._areas.set(key, area);
      area.disposed.connect(() => this._areas.delete(key));
      this._shell.add(area, 'main');
    }
    if (!area.isAttached) {
      area.dispose(); // a shell with one document only
      return null;
    }
    this._shell.activateById(area.id);
    return area.content;
  }

  private _areas = new Map<string, Widget>();
}
