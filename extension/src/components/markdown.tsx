import type { MarkedToken, Token, Tokens } from 'marked';
import * as React from 'react';

import type { IBlock } from '../text/markdown';
import { Blocks, decoded, target } from '../text/markdown';
import type { IFormula } from '../text/math';

/** A text with more blocks is laid out only where it is visible. */
const MANY = 100;

/** How the interactive parts of a text are rendered. */
export interface IDrawing {
  code(text: string, language: string): React.ReactNode;
  /** The marker of a citation, such as `[1]`. */
  marker(number: number): React.ReactNode;
  formula(tex: string, isDisplayed: boolean): React.ReactNode;
  /** Finds the words that are in no passage. */
  doubtful: RegExp | null;
}

/**
 * A chat model's Markdown as React nodes, made from an allow-list of tokens.
 *
 * No string becomes HTML, nothing is loaded, and other tokens are shown as plain text.
 */
export function Markdown(props: {
  text: string;
  drawing: IDrawing;
}): JSX.Element {
  const [blocks] = React.useState(() => new Blocks());
  const read = blocks.read(props.text);
  return (
    <div
      className={`jp-LocalAI-markdown ${read.length > MANY ? 'jp-mod-long' : ''}`}
    >
      {read.map(block => (
        <Block key={block.start} block={block} drawing={props.drawing} />
      ))}
    </div>
  );
}

const Block = React.memo(function Block(props: {
  block: IBlock;
  drawing: IDrawing;
}): JSX.Element {
  return <>{node(props.block.token as MarkedToken, props.drawing)}</>;
});

function nodes(tokens: Token[] | undefined, drawing: IDrawing): JSX.Element[] {
  return (tokens ?? []).map((token, place) => (
    <React.Fragment key={place}>
      {node(token as MarkedToken, drawing)}
    </React.Fragment>
  ));
}

function node(token: MarkedToken, drawing: IDrawing): React.ReactNode {
  switch (token.type) {
    case 'paragraph':
      return <p>{nodes(token.tokens, drawing)}</p>;
    case 'heading':
      // an answer's headings rank below the panel's
      return (
        <p
          role="heading"
          aria-level={Math.min(token.depth + 3, 6)}
          className={`jp-LocalAI-h${token.depth}`}
        >
          {nodes(token.tokens, drawing)}
        </p>
      );
    case 'blockquote':
      return <blockquote>{nodes(token.tokens, drawing)}</blockquote>;
    case 'list':
      return list(token, drawing);
    case 'table':
      return table(token, drawing);
    case 'code':
      return drawing.code(token.text, token.lang ?? '');
    case 'hr':
      return <hr />;
    case 'br':
      return <br />;
    case 'space':
      return null;
    case 'strong':
      return <strong>{nodes(token.tokens, drawing)}</strong>;
    case 'em':
      return <em>{nodes(token.tokens, drawing)}</em>;
    case 'del':
      return <del>{nodes(token.tokens, drawing)}</del>;
    case 'codespan':
      return <code>{token.text}</code>;
    case 'link':
      return <Link token={token} drawing={drawing} />;
    case 'checkbox':
      return token.checked ? '☑ ' : '☐ ';
    case 'escape':
      return token.text;
    case 'text':
      return token.tokens
        ? nodes(token.tokens, drawing)
        : marked(decoded(token.text), drawing);
    default:
      return other(token, drawing);
  }
}

function other(token: Token, drawing: IDrawing): React.ReactNode {
  if (token.type !== 'formula') {
    return token.raw;
  }
  const { tex, isDisplayed } = token as IFormula;
  return drawing.formula(tex, isDisplayed);
}

function list(token: Tokens.List, drawing: IDrawing): JSX.Element {
  const items = token.items.map((item, place) => (
    <li key={place}>{nodes(item.tokens, drawing)}</li>
  ));
  return token.ordered ? (
    <ol start={token.start === '' ? undefined : token.start}>{items}</ol>
  ) : (
    <ul>{items}</ul>
  );
}

function table(token: Tokens.Table, drawing: IDrawing): JSX.Element {
  return (
    <div className="jp-LocalAI-table" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {token.header.map((cell, place) => (
              <th key={place}>{nodes(cell.tokens, drawing)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {token.rows.map((row, place) => (
            <tr key={place}>
              {row.map((cell, column) => (
                <td key={column}>{nodes(cell.tokens, drawing)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Markers, one after the other, with the word before them and the full stop behind them. */
const CITED =
  /(\S{0,40}[ \u00a0]*(?:\[\d{1,3}\][ \u00a0]?)*\[\d{1,3}\][.,;:!?)…]*)/;

/** Text with rendered citation markers; a line never begins with one. */
function marked(text: string, drawing: IDrawing): React.ReactNode {
  return text.split(CITED).map((part, place) =>
    place % 2 ? (
      <span key={place} className="jp-LocalAI-together">
        {part.split(/\[(\d{1,3})\]/).map((piece, number) => (
          <React.Fragment key={number}>
            {number % 2
              ? drawing.marker(Number(piece))
              : doubted(piece, drawing)}
          </React.Fragment>
        ))}
      </span>
    ) : (
      <React.Fragment key={place}>{doubted(part, drawing)}</React.Fragment>
    )
  );
}

/** Text in which the words that are in no passage are marked. */
function doubted(text: string, { doubtful }: IDrawing): React.ReactNode {
  return doubtful
    ? text.split(doubtful).map((part, place) =>
        place % 2 ? (
          <mark key={place} className="jp-LocalAI-doubt">
            {part}
          </mark>
        ) : (
          part
        )
      )
    : text;
}

/**
 * A link that shows its target and opens only on a click.
 *
 * It has no `href`, because browsers resolve host names of links in advance, which would reveal the answer.
 */
function Link(props: { token: Tokens.Link; drawing: IDrawing }): JSX.Element {
  const { token, drawing } = props;
  const found = target(token.href);
  if (!found) {
    return <>{token.raw}</>;
  }
  const open = (): void => {
    window.open(found.href, '_blank', 'noopener,noreferrer');
  };
  return (
    <>
      <span
        role="link"
        tabIndex={0}
        className="jp-LocalAI-link"
        title={found.href}
        onClick={open}
        onKeyDown={event => event.key === 'Enter' && open()}
      >
        {nodes(token.tokens, drawing)}
      </span>
      {!token.text.includes(found.site) && (
        <span className="jp-LocalAI-site"> ({found.site})</span>
      )}
    </>
  );
}
