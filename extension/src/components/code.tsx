import { addBelowIcon, copyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IAnswer } from '../net/wire';
import { IconButton } from './button';
import { useAnswer } from './context';

/** Longer code has no colours. */
const MAX_COLOURED = 20_000;

/** A code block of an answer; nothing runs it automatically. */
export function CodeBlock(props: {
  text: string;
  language: string;
  /** The answer with this code, once it is complete. */
  answer: IAnswer | undefined;
}): JSX.Element {
  const { trans, actions } = useAnswer();
  return (
    <div className="jp-LocalAI-code">
      <div className="jp-LocalAI-codeHead">
        <span>{props.language.slice(0, 20)}</span>
        <IconButton
          icon={copyIcon}
          label={trans.__('Copy code')}
          onClick={() => actions.copy(props.text)}
        />
        {actions.insertion && (
          <IconButton
            icon={addBelowIcon}
            label={trans.__('Insert code into the notebook or editor')}
            onClick={() => actions.insertion!.code(props.text, props.answer)}
          />
        )}
      </div>
      <pre tabIndex={0}>
        <Code text={props.text} language={props.language} />
      </pre>
    </div>
  );
}

/** Code in JupyterLab's colours, once they are known. */
function Code(props: { text: string; language: string }): JSX.Element {
  const { actions } = useAnswer();
  const { text, language } = props;
  const node = React.useRef<HTMLElement>(null);
  const { highlight } = actions;
  React.useLayoutEffect(() => {
    node.current!.textContent = text;
    let isLatest = true;
    if (highlight && language && text.length <= MAX_COLOURED) {
      const coloured = document.createElement('code');
      highlight(text, language, coloured).then(
        () => {
          if (isLatest && coloured.textContent === text) {
            node.current?.replaceChildren(...coloured.childNodes);
          }
        },
        () => undefined // it stays plain
      );
    }
    return () => {
      isLatest = false;
    };
  }, [text, language, highlight]);
  return <code ref={node} />;
}
