import * as React from 'react';

import { doubtsOf } from '../text/doubts';
import { headsOf } from '../text/words';
import { useAnswer } from './context';

/** Characters of a warning that is shown in full. */
const SHORT = 160;

/** The warnings of an answer: a short one in full, others as one line that unfolds. */
export function Warnings(props: {
  warnings: readonly string[];
}): JSX.Element | null {
  const { trans } = useAnswer();
  const { warnings } = props;
  const doubts = doubtsOf(warnings);
  const shown = warnings.map((warning, place) => (
    <p key={place} className="jp-LocalAI-warning">
      {warning}
    </p>
  ));
  if (!doubts && warnings.length <= 1 && warnings.join('').length <= SHORT) {
    return <>{shown}</>;
  }
  const others = warnings.filter(warning => !doubtsOf([warning]));
  const title = [
    doubts &&
      trans._n(
        '%1 statement to check',
        '%1 statements to check',
        doubts.statements
      ),
    headsOf(others)
  ].filter(Boolean);
  return (
    <details className="jp-LocalAI-warnings">
      <summary className="jp-LocalAI-warning">{title.join(' · ')}</summary>
      {shown}
    </details>
  );
}
