import * as React from 'react';

import type { IError } from '../net/wire';
import { TextButton } from './button';

/** What went wrong, what to do about it, and a button that tries again. */
export function Problem(props: {
  error: IError;
  action?: string;
  onAction?: () => void;
  /** Whether all else works without it. */
  isMild?: boolean;
}): JSX.Element {
  return (
    <div className={`jp-LocalAI-problem ${props.isMild ? 'jp-mod-mild' : ''}`}>
      <p>{props.error.message}</p>
      {props.error.remedy && (
        <p className="jp-LocalAI-remedy">{props.error.remedy}</p>
      )}
      {props.onAction && (
        <TextButton onClick={props.onAction}>{props.action}</TextButton>
      )}
    </div>
  );
}
