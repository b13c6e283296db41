/** The parts of the panel that its first sight does not need. */

import * as React from 'react';

import { usePanel } from './context';
import { later } from './later';
import type { IDrawing } from './markdown';

/** An answer's text; plain until what reads Markdown is there. */
export const Markdown = later<{ text: string; drawing: IDrawing }>(
  async () => (await import('./markdown')).Markdown,
  ({ text }) => <div className="jp-LocalAI-markdown jp-mod-plain">{text}</div>
);

/** Keeps the place of a list. */
function Empty(): JSX.Element {
  return <div className="jp-LocalAI-later" />;
}

function Missing(): JSX.Element {
  const { trans } = usePanel();
  return (
    <p className="jp-LocalAI-later jp-LocalAI-note" role="alert">
      {trans.__('This part of the panel cannot be loaded. Reload the page.')}
    </p>
  );
}

export const Documents = later(
  async () => (await import('./documents')).Documents,
  Empty,
  Missing
);

export const History = later(
  async () => (await import('./history')).History,
  Empty,
  Missing
);

export const SettingsView = later(
  async () => (await import('./settings')).SettingsView,
  Empty,
  Missing
);

export const ChecksView = later(
  async () => (await import('./checks')).ChecksView,
  Empty,
  Missing
);
