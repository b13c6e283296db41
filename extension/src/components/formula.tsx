import * as React from 'react';

import { isInert } from '../text/math';
import { useAnswer } from './context';

/** A formula, typeset by JupyterLab; as its source where that is not possible. */
export function Formula(props: {
  tex: string;
  isDisplayed: boolean;
}): JSX.Element {
  const { actions } = useAnswer();
  const { tex, isDisplayed } = props;
  const node = React.useRef<HTMLSpanElement>(null);
  const typeset = isInert(tex) ? actions.typeset : null;
  React.useLayoutEffect(() => {
    if (typeset) {
      node.current!.textContent = isDisplayed ? `\\[${tex}\\]` : `\\(${tex}\\)`;
      typeset(node.current!);
    }
  }, [tex, isDisplayed, typeset]);
  return typeset ? (
    <span
      ref={node}
      className={
        isDisplayed
          ? 'jp-LocalAI-formula jp-mod-displayed'
          : 'jp-LocalAI-formula'
      }
      tabIndex={isDisplayed ? 0 : undefined}
    />
  ) : (
    <code>{tex}</code>
  );
}
