import * as React from 'react';

import type { IError } from '../net/wire';
import { TextButton } from './button';

/** An error, its remedy, and a button that tries again. */
export function Problem(props: {
  error: IError;
  action?: string;
  onAction?: () => void;
  /** Whether everything else still works. */
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
