import { addBelowIcon, copyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IAnswer } from '../net/wire';
import { IconButton } from './button';
import { useAnswer } from './context';

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
        <code>{props.text}</code>
      </pre>
    </div>
  );
}
