import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { ICited, IHit } from '../net/wire';
import { nameOf, placeOf } from '../text/words';
import { useAnswer } from './context';
import { Highlight, textOf } from './passage';
import { float } from './position';

/** How long the pointer has to rest before a preview appears, and be away before it closes, in milliseconds. */
const REST = 350;
const LEAVE = 150;

/** What a preview shows of a citation. */
export interface IPreview {
  cited: ICited;
  passage: IHit | undefined;
  marker?: number;
}

/**
 * An element that cites, with a preview of the passage while the pointer rests on it or it has the keyboard focus.
 *
 * The preview is a tooltip: it takes no focus, stays while the pointer is on it, and closes with Escape. It is in the
 * page's top layer, where nothing clips it.
 */
export function WithPreview(props: {
  previewed: IPreview;
  /** Receives the preview's id while it is shown, for `aria-describedby`. */
  children: (describedBy: string | undefined) => React.ReactNode;
}): JSX.Element {
  const id = React.useId();
  const [isShown, show] = React.useState(false);
  const around = React.useRef<HTMLSpanElement>(null);
  const timer = React.useRef(0);
  const soon = React.useCallback((shown: boolean, wait: number): void => {
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => show(shown), wait);
  }, []);
  const hide = React.useCallback((): void => {
    window.clearTimeout(timer.current);
    show(false);
  }, []);
  React.useEffect(() => () => window.clearTimeout(timer.current), []);
  return (
    <span
      ref={around}
      className="jp-LocalAI-cited"
      onPointerEnter={event =>
        event.pointerType === 'mouse' && soon(true, REST)
      }
      onPointerLeave={() => soon(false, LEAVE)}
      onFocus={({ target }) => target.matches(':focus-visible') && show(true)}
      onBlur={hide}
      onClickCapture={hide}
    >
      {props.children(isShown ? id : undefined)}
      {isShown && (
        <Preview id={id} of={around} hide={hide} {...props.previewed} />
      )}
    </span>
  );
}

function Preview(
  props: IPreview & {
    id: string;
    of: React.RefObject<HTMLElement>;
    hide: () => void;
  }
): JSX.Element {
  const { trans } = useAnswer();
  const { of, hide, cited, passage, marker } = props;
  const box = React.useRef<HTMLSpanElement>(null);
  React.useLayoutEffect(() => {
    float(box.current!, of.current!.firstElementChild!);
  }, [of]);
  React.useEffect(() => {
    const escape = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') {
        event.preventDefault();
        event.stopImmediatePropagation();
        hide();
      }
    };
    const scrolled = (event: Event): void => {
      if (!box.current?.contains(event.target as Node)) {
        hide();
      }
    };
    window.addEventListener('keydown', escape, true);
    window.addEventListener('scroll', scrolled, true);
    return () => {
      window.removeEventListener('keydown', escape, true);
      window.removeEventListener('scroll', scrolled, true);
    };
  }, [hide]);
  const where = placeOf(cited.anchor, trans);
  return (
    <span
      ref={box}
      id={props.id}
      role="tooltip"
      className="jp-LocalAI-preview"
      {...{ popover: 'manual' }}
    >
      <span className="jp-LocalAI-cardHead">
        {marker !== undefined && (
          <span className="jp-LocalAI-number">{marker}</span>
        )}
        <span className="jp-LocalAI-file">{nameOf(cited.path)}</span>
        {where && <span className="jp-LocalAI-place">{where}</span>}
      </span>
      <span className="jp-LocalAI-previewText" dir="auto">
        {text(cited, passage, trans)}
      </span>
    </span>
  );
}

function text(
  cited: ICited,
  passage: IHit | undefined,
  trans: TranslationBundle
): React.ReactNode {
  if (passage?.text) {
    const from = cited.start - passage.start;
    const to = cited.end - passage.start;
    return <Highlight text={textOf(passage)} from={from} to={to} isShort />;
  }
  return cited.quote ? (
    <Highlight text={cited.quote} isShort />
  ) : (
    trans.__('Notebooks do not show text of documents (quotes = false).')
  );
}
