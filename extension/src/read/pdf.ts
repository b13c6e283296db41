import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import type { PDFDocumentProxy, PDFPageProxy } from 'pdfjs-dist';
import { getDocument, PDFWorker, TextLayer } from 'pdfjs-dist';

import { stretches } from './matching';

/** The size of a page on the screen: the width of the view, up to this many times its size on paper at 72 dpi. */
const LARGEST = 2;
const MARGIN_PX = 16;

/** The largest picture that is decoded, in pixels; a document decides what it asks for. */
const MAX_IMAGE = 2 ** 26;

/** How long the view keeps its size before it is drawn again. */
const SETTLED_MS = 200;

interface IPage {
  readonly number: number;
  readonly node: HTMLElement;
  /** The text of the page and the elements that have it, once it is drawn. */
  drawn?: Promise<{ items: string[]; nodes: HTMLElement[] }>;
}

/**
 * A PDF, with a quote marked on its page, for browsers whose own viewer does not mark it.
 *
 * Everything is in this bundle: nothing is fetched, no script of a document runs, and its links are text.
 */
export class PdfView extends Widget {
  constructor(
    data: Uint8Array,
    private readonly _label: (page: number) => string
  ) {
    super();
    this.addClass('jp-LocalAI-pdf');
    this._port = new Worker(
      new URL('pdfjs-dist/build/pdf.worker.min.mjs', import.meta.url),
      { type: 'module' }
    );
    this._worker = PDFWorker.create({ port: this._port });
    this._document = getDocument({
      data,
      worker: this._worker,
      isEvalSupported: false,
      useWorkerFetch: false,
      useWasm: false,
      maxImageSize: MAX_IMAGE
    }).promise;
    this._pages = this._document.then(found => this._lay(found));
    this._pages.catch(() => undefined); // `turnTo` reports it
  }

  /** Show a page, counted from 1, and mark a quote that begins on it; return whether the quote is there. */
  async turnTo(number: number, quote: string): Promise<boolean> {
    const pages = await this._pages;
    this._wanted = { number, quote };
    const first = Math.min(Math.max(number, 1), pages.length) - 1;
    const page = pages[first];
    this.node
      .querySelectorAll('mark')
      .forEach(mark => mark.replaceWith(...mark.childNodes));
    const mark =
      (await this._mark([page], quote)) ??
      (await this._mark(pages.slice(first, first + 2), quote));
    const place = mark ?? page.node;
    place.scrollIntoView({ block: mark ? 'center' : 'start' });
    return mark !== null;
  }

  dispose(): void {
    if (!this.isDisposed) {
      window.clearTimeout(this._timer);
      this._observer?.disconnect();
      this._worker.destroy();
      this._port.terminate();
    }
    super.dispose();
  }

  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.node.tabIndex = 0; // JupyterLab's frame around it has taken it out of the order
  }

  protected onResize(message: Widget.ResizeMessage): void {
    super.onResize(message);
    window.clearTimeout(this._timer);
    this._timer = window.setTimeout(() => void this._again(), SETTLED_MS);
  }

  protected onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this.node.focus({ preventScroll: true });
  }

  /** Draw everything again where the width has changed. */
  private async _again(): Promise<void> {
    const pages = await this._pages.catch(() => []);
    const width = this.node.clientWidth;
    if (this.isDisposed || !width || width === this._width) {
      return;
    }
    pages.forEach(page => {
      page.drawn = undefined;
      this._observer?.unobserve(page.node);
      this._observer?.observe(page.node);
    });
    if (this._wanted) {
      await this.turnTo(this._wanted.number, this._wanted.quote);
    }
  }

  private async _lay(found: PDFDocumentProxy): Promise<IPage[]> {
    const { width, height } = (await found.getPage(1)).getViewport({
      scale: 1
    });
    const pages = Array.from({ length: found.numPages }, (_, place): IPage => {
      const node = document.createElement('div');
      node.className = 'jp-LocalAI-pdfPage';
      node.style.aspectRatio = `${width} / ${height}`;
      node.style.width = `${LARGEST * width}px`;
      node.setAttribute('role', 'group');
      node.setAttribute('aria-label', this._label(place + 1));
      return { number: place + 1, node };
    });
    this.node.replaceChildren(...pages.map(({ node }) => node));
    this._observer = new IntersectionObserver(
      entries => {
        const seen = entries.filter(({ isIntersecting }) => isIntersecting);
        for (const { target } of seen) {
          const page = pages.find(({ node }) => node === target)!;
          this._draw(page).catch(() => undefined); // a damaged page stays empty
        }
      },
      { root: this.node, rootMargin: '100%' }
    );
    pages.forEach(({ node }) => this._observer!.observe(node));
    return pages;
  }

  /** Mark a quote on pages that follow each other, and return its first part. */
  private async _mark(
    pages: readonly IPage[],
    quote: string
  ): Promise<HTMLElement | null> {
    const drawn = await Promise.all(pages.map(page => this._draw(page)));
    const nodes = drawn.flatMap(({ nodes }) => nodes);
    const found = stretches(
      drawn.flatMap(({ items }) => items),
      quote
    );
    const marks = found.map(({ item, from, to }) => {
      const text = nodes[item].textContent ?? '';
      const mark = document.createElement('mark');
      mark.textContent = text.slice(from, to);
      nodes[item].replaceChildren(text.slice(0, from), mark, text.slice(to));
      return mark;
    });
    return marks[0] ?? null;
  }

  private _draw(page: IPage): Promise<{
    items: string[];
    nodes: HTMLElement[];
  }> {
    return (page.drawn ??= (async () => {
      const found = await (await this._document).getPage(page.number);
      const canvas = document.createElement('canvas');
      const texts = document.createElement('div');
      const layer = await this._fill(found, page.node, canvas, texts);
      page.node.replaceChildren(canvas, texts);
      return {
        items: layer.textContentItemsStr,
        nodes: layer.textDivs
      };
    })());
  }

  private async _fill(
    found: PDFPageProxy,
    node: HTMLElement,
    canvas: HTMLCanvasElement,
    texts: HTMLElement
  ): Promise<TextLayer> {
    const { width, height } = found.getViewport({ scale: 1 });
    this._width = this.node.clientWidth;
    const scale = Math.min(
      LARGEST,
      Math.max(1, this._width - 2 * MARGIN_PX) / width
    );
    const sharp = found.getViewport({ scale: scale * devicePixelRatio });
    canvas.width = Math.ceil(sharp.width);
    canvas.height = Math.ceil(sharp.height);
    canvas.setAttribute('aria-hidden', 'true');
    node.style.aspectRatio = `${width} / ${height}`;
    node.style.width = `${scale * width}px`;
    texts.className = 'jp-LocalAI-pdfText';
    texts.style.setProperty('--total-scale-factor', String(scale));
    const layer = new TextLayer({
      textContentSource: found.streamTextContent(),
      container: texts,
      viewport: found.getViewport({ scale })
    });
    await Promise.all([
      found.render({ canvas, viewport: sharp }).promise,
      layer.render()
    ]);
    return layer;
  }

  private readonly _port: Worker;
  private readonly _worker: PDFWorker;
  private readonly _document: Promise<PDFDocumentProxy>;
  private readonly _pages: Promise<IPage[]>;
  private _wanted: { number: number; quote: string } | null = null;
  private _observer: IntersectionObserver | null = null;
  private _timer = 0;
  private _width = 0;
}
