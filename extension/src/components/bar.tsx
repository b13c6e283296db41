import * as React from 'react';

/** A progress bar; without a share it only shows that work is in progress. */
export function Bar(props: {
  share: number | null;
  label: string;
}): JSX.Element {
  return (
    <progress
      className="jp-LocalAI-bar"
      aria-label={props.label}
      max={1}
      value={props.share ?? undefined}
    />
  );
}
