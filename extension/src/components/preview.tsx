import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { ICited, IHit } from '../net/wire';
import { nameOf, placeOf } from '../text/words';
import { useAnswer } from './context';
import { Marked, textOf } from './passage';
import { float } from './position';

/** So long, in milliseconds, the pointer rests before a preview comes, and is away before it goes. */
const REST = 350;
const LEAVE = 150;

/** What is shown of a citation before it is followed. */
export interface IPreviewed {
  cited: ICited;
  passage: IHit | undefined;
  marker?: number;
}

/**
 * Something that cites, with a preview of the passage while the pointer rests on it or the keyboard is at it.
 *
 * The preview is a tooltip: it takes no focus, stays while the pointer is on it, and goes with Escape. It stands in the
 * page's top layer, so that nothing around it cuts it off.
 */
export function Cited(props: {
  previewed: IPreviewed;
  /** Gets the id of the preview while there is one, for `aria-describedby`. */
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
  props: IPreviewed & {
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
    return <Marked text={textOf(passage)} from={from} to={to} isShort />;
  }
  return cited.quote ? (
    <Marked text={cited.quote} isShort />
  ) : (
    trans.__('The text of documents is kept out of notebooks (quotes = false).')
  );
}
