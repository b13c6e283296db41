import * as React from 'react';

/** A bar of progress; without a share it only says that something goes on. */
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
